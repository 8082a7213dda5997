/* Count the characters as the server does: line ends as one, code points, edges trimmed. */

for (const counter of document.querySelectorAll("[data-counter]")) {
  const text = document.getElementById(counter.dataset.counter);
  const count = () => {
    const length = [...text.value.trim()].length;
    counter.firstElementChild.textContent = length.toLocaleString("en");
    counter.classList.toggle("over", length > Number(text.dataset.limit));
    counter.hidden = length === 0;
  };
  text.addEventListener("input", count);
  count();
}
