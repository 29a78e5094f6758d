//! What a load client asked for and what it was told: the record that no fault can touch.
//!
//! Every operation is a command with an id of its own. It is noted before it is sent and again when
//! an answer is there. What happened between the two nobody knows, and that is what the
//! [`checker`](crate::checker) finds out from the other end.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Microseconds since the journal was begun, by a clock that never goes back.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Moment(pub u64);

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// 2xx at this position.
    Ok {
        /// `Pantheon-Position`.
        position: i64,
    },
    /// The command itself was refused (4xx): it has no effect, now or later.
    Refused {
        /// The problem's code.
        code: String,
    },
    /// It was not taken in (503 `overloaded`, `shutting_down`): no effect, and it may be sent again.
    TurnedAway {
        /// The problem's code.
        code: String,
    },
    /// No answer, or one that does not say what became of the command.
    Unknown,
}

/// What is known of an operation in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered 2xx.
    Ok {
        /// At this position.
        position: i64,
        /// When the first such answer came.
        at: Moment,
    },
    /// It was refused, or never taken in.
    Refused,
    /// It may have happened or not.
    Unknown,
}

/// One command with everything that was sent and heard of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The command id.
    pub id: Uuid,
    /// The command's name, for people.
    pub what: String,
    /// How many events it brings when it is accepted.
    pub events: usize,
    /// When it was sent, attempt by attempt.
    pub sent: Vec<Moment>,
    /// What came back, in the order it came.
    pub answers: Vec<(Moment, Answer)>,
}

impl Operation {
    /// What is known of it in the end. An attempt without an answer leaves it unknown, unless a
    /// later one was answered for good.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let ok = self.answers.iter().find_map(|(at, answer)| match answer {
            Answer::Ok { position } => Some(Outcome::Ok {
                position: *position,
                at: *at,
            }),
            _ => None,
        });
        let said = |kind: fn(&Answer) -> bool| self.answers.iter().any(|(_, answer)| kind(answer));
        match ok {
            Some(ok) => ok,
            None if said(|answer| matches!(answer, Answer::Refused { .. })) => Outcome::Refused,
            None if self.was_unknown() => Outcome::Unknown,
            None => Outcome::Refused,
        }
    }

    /// Whether an attempt at it was not answered.
    #[must_use]
    pub fn was_unknown(&self) -> bool {
        let unknown = |(_, answer): &(Moment, Answer)| *answer == Answer::Unknown;
        self.answers.len() < self.sent.len() || self.answers.iter().any(unknown)
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    at: Moment,
    id: Uuid,
    #[serde(flatten)]
    note: Note,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Note {
    Sent { what: String, events: usize },
    Answer(Answer),
}

/// The journal of a run. Shared by all its clients.
#[derive(Debug)]
pub struct Journal {
    begun: Instant,
    operations: Mutex<Operations>,
    file: Option<Keeper>,
}

impl Default for Journal {
    fn default() -> Self {
        Self::in_memory()
    }
}

impl Journal {
    /// A journal that ends with the process: where the client itself is never at risk.
    #[must_use]
    pub fn in_memory() -> Self {
        Self {
            begun: Instant::now(),
            operations: Mutex::default(),
            file: None,
        }
    }

    /// A journal that is also kept in a file, synced to disk as it grows. The disk must not be the
    /// one that a fault is about.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn at(path: &Path) -> Result<Self> {
        Ok(Self {
            file: Some(Keeper::start(path)?),
            ..Self::in_memory()
        })
    }

    /// Notes that a command is about to be sent; again for every further attempt.
    pub fn sends(&self, id: Uuid, what: &str, events: usize) {
        let note = Note::Sent {
            what: what.to_owned(),
            events,
        };
        self.note(id, note);
    }

    /// Notes what came back.
    pub fn hears(&self, id: Uuid, answer: Answer) {
        self.note(id, Note::Answer(answer));
    }

    /// Everything so far, in the order it was first sent.
    #[must_use]
    pub fn operations(&self) -> Vec<Operation> {
        lock(&self.operations).all.clone()
    }

    /// How many operations were answered 2xx.
    #[must_use]
    pub fn acknowledged(&self) -> usize {
        lock(&self.operations).acknowledged
    }

    /// How many attempts were not taken in.
    #[must_use]
    pub fn turned_away(&self) -> usize {
        lock(&self.operations).turned_away
    }

    /// Reads a journal that was kept in a file; a last line that was cut off is left out.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(path: &Path) -> Result<Vec<Operation>> {
        let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        let mut operations = Operations::default();
        for line in BufReader::new(file).lines() {
            let line = line?;
            match serde_json::from_str(&line) {
                Ok(entry) => operations.take(entry),
                Err(_) if !line.ends_with('}') => break,
                Err(error) => return Err(error).context("a line of the journal cannot be read"),
            }
        }
        Ok(operations.all)
    }

    fn note(&self, id: Uuid, note: Note) {
        let mut operations = lock(&self.operations);
        // Taken inside the lock, so that the order of the notes is the order of their moments.
        let at = Moment(u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX));
        let entry = Entry { at, id, note };
        if let Some(file) = &self.file {
            file.keep(&entry);
        }
        operations.take(entry);
    }
}

#[derive(Debug, Default)]
struct Operations {
    all: Vec<Operation>,
    places: HashMap<Uuid, usize>,
    acknowledged: usize,
    turned_away: usize,
}

impl Operations {
    fn take(&mut self, entry: Entry) {
        let Entry { at, id, note } = entry;
        let known = self.places.get(&id).copied();
        match (note, known) {
            (Note::Sent { .. }, Some(place)) => self.all[place].sent.push(at),
            (Note::Sent { what, events }, None) => {
                self.places.insert(id, self.all.len());
                self.all.push(Operation {
                    id,
                    what,
                    events,
                    sent: vec![at],
                    answers: Vec::new(),
                });
            }
            (Note::Answer(answer), Some(place)) => {
                let operation = &mut self.all[place];
                let before = matches!(operation.outcome(), Outcome::Ok { .. });
                self.acknowledged += usize::from(matches!(answer, Answer::Ok { .. }) && !before);
                self.turned_away += usize::from(matches!(answer, Answer::TurnedAway { .. }));
                operation.answers.push((at, answer));
            }
            // An answer to what was never sent cannot be noted by the calls above.
            (Note::Answer(_), None) => {}
        }
    }
}

fn lock(operations: &Mutex<Operations>) -> MutexGuard<'_, Operations> {
    operations.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes lines and syncs them, many at once.
#[derive(Debug)]
struct Keeper {
    lines: Option<Sender<String>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    fn start(path: &Path) -> Result<Self> {
        let file =
            File::create_new(path).with_context(|| format!("cannot create {}", path.display()))?;
        let (lines, waiting) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || keep(file, &waiting))?;
        Ok(Self {
            lines: Some(lines),
            thread: Some(thread),
        })
    }

    fn keep(&self, entry: &Entry) {
        let line = serde_json::to_string(entry).expect("plain fields serialise");
        if let Some(lines) = &self.lines {
            lines.send(line).expect("the journal's thread lives");
        }
    }
}

fn keep(mut file: File, waiting: &Receiver<String>) {
    while let Ok(first) = waiting.recv() {
        let mut text = first;
        text.push('\n');
        while let Ok(next) = waiting.try_recv() {
            text.push_str(&next);
            text.push('\n');
        }
        // A journal that cannot be kept proves nothing: the run ends here.
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_data())
            .expect("the journal's disk takes it");
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.lines.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been seen by whoever sent to it.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_on_disk_reads_as_it_was_noted() -> Result<()> {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("journal");
        let journal = Journal::at(&path)?;
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        journal.sends(one, "create_task", 1);
        journal.sends(two, "create_task", 1);
        journal.hears(one, Answer::Unknown);
        journal.sends(one, "create_task", 1);
        journal.hears(one, Answer::Ok { position: 7 });
        let noted = journal.operations();
        assert_eq!(journal.acknowledged(), 1);
        drop(journal);
        assert_eq!(Journal::read(&path)?, noted);
        std::fs::OpenOptions::new()
            .append(true)
            .open(&path)?
            .write_all(b"{\"at\":1")?;
        assert_eq!(Journal::read(&path)?, noted, "a torn last line is left out");
        Ok(())
    }

    #[test]
    fn an_operation_is_unknown_until_an_answer_settles_it() {
        let journal = Journal::in_memory();
        let id = Uuid::from_u128(1);
        let outcome = || journal.operations()[0].outcome();
        let turned_away = || Answer::TurnedAway {
            code: "overloaded".to_owned(),
        };
        journal.sends(id, "create_task", 1);
        assert_eq!(outcome(), Outcome::Unknown);
        journal.hears(id, turned_away());
        assert_eq!(outcome(), Outcome::Refused);
        journal.sends(id, "create_task", 1);
        journal.hears(id, Answer::Unknown);
        journal.sends(id, "create_task", 1);
        journal.hears(id, turned_away());
        assert_eq!(
            outcome(),
            Outcome::Unknown,
            "the second one may have got through"
        );
        journal.sends(id, "create_task", 1);
        journal.hears(id, Answer::Ok { position: 3 });
        assert!(matches!(outcome(), Outcome::Ok { position: 3, .. }));
    }
}
