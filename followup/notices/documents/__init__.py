"""The papers of an interview as PDF and DOCX: plain data in, bytes out, no database behind them."""
