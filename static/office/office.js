/* Small conveniences of the office. Every page works without them. */

import { keepDrafts } from "./drafts.js";
import { watchRest } from "./rest.js";
import { closeMenus, focusErrors, searchKey } from "./page.js";

keepDrafts();
watchRest();
closeMenus();
focusErrors();
searchKey();
