//! The database by hand (CON-57 to CON-60): its shape and state, questions in SQL, exports, imports.

mod exports;
mod hostile;
mod imports;
mod query;
mod status;
mod words;
