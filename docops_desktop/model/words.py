"""The product's own words, as window, help and reports use them: one definition each, beside those of measures and dimensions."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "workspace": "One NAME.docops file: a plain SQLite database with everything that was imported and decided. Any SQLite tool opens it.",
    "export": "A file that another system wrote and that is imported here: CSV, JSON, Parquet, logs, packed or not.",
    "import": "One export, or one part of a followed one, in the workspace: wholly in or wholly out, with a line in the ledger. It can be forgotten again.",
    "rejected row": "A row that could not be read. It is kept with its line and the reason; read = loaded + filtered + rejected, always.",
    "followed folder": "A folder whose exports are loaded as they arrive: a file once it stops growing, of a log or table that goes on growing each whole new "
    "line once. A rotated or copied file is known again by its content. The workspace remembers the folder; following is off until it is asked for.",
    "window": "The span of time under investigation, brushed on the timeline. A session belongs to it by its start.",
    "baseline": "The spans that the window is compared with. Counts and money are compared per time, since the spans may be longer than the window.",
    "smallest group (k)": "Groups of fewer sessions leave the program neither as table nor as picture. Set in the data perspective.",
    "privacy log": "What was done to columns with personal data at each import: dropped, keyed hash, cut; and what was purged when.",
    "purge": "Removes everything of before a day for good: rows, rejected rows, texts, and their bytes in the file. The ledger keeps its lines.",
    "at stake": "What a page group would gain if every slower session had the target speed: conversions and revenue, with a 95 % interval.",
    "raw": "One curve over all sessions. It mixes being slow with who is slow, and is usually several times too large.",
    "stratified": "One curve within strata of visitors (device type, country, connection): between raw and adjusted, and the first estimate.",
    "adjusted": "What is left once everything that was recorded before the page view is held fixed. The figure that counts.",
    "first estimate": "A stratified figure that stands in for seconds while the adjusted one is being fitted.",
    "reliance": "Shown: the interval excludes no effect and no self-check failed. Doubtful: a check failed. Not shown: the interval includes no effect.",
    "hidden cause (E-value)": "How many times as likely a cause that nobody recorded would have to make both a slow session and a lost conversion, to "
    "explain a figure away.",
    "hardly observed": "Load times beyond the range of nearly all sessions of a page group. There the what-if gives no answer.",
    "segment": "Sessions with certain values of a dimension, for example one carrier. The what-if can bring it to the median of everybody else.",
    "scenario": "A named set of changes of load times, saved with the workspace and compared side by side.",
    "finding": "A saved result of the search for a cause: a combination, its size, its money, its evidence and a note.",
}
"""Word -> what it means, in the order in which one meets them."""
