//! The lineages of the log.

use pantheon_events::{Epoch, Position};
use sqlx::PgConnection;

/// All lineages, oldest first; never empty once read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Epochs(Vec<(Epoch, Position)>);

impl Epochs {
    pub async fn load(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let rows = sqlx::query!("select epoch, first_position from epochs order by epoch")
            .fetch_all(connection)
            .await?;
        let list = rows
            .into_iter()
            .map(|row| (Epoch::new(row.epoch), Position::new(row.first_position)))
            .collect();
        Ok(Self(list))
    }

    /// The newest lineage.
    pub fn newest(&self) -> Epoch {
        self.0.last().map_or(Epoch::ZERO, |(epoch, _)| *epoch)
    }

    /// The lineage that an event belongs to.
    pub fn of(&self, position: Position) -> Epoch {
        let list = self.0.iter().rev();
        list.into_iter()
            .find(|(_, first)| *first <= position)
            .map_or(Epoch::ZERO, |(epoch, _)| *epoch)
    }

    /// The first position of the first lineage that `older` does not have.
    pub fn opened_since(&self, older: &Self) -> Option<Position> {
        let newest = older.newest();
        self.0
            .iter()
            .find(|(epoch, _)| *epoch > newest)
            .map(|(_, first)| *first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_belongs_to_the_last_epoch_that_began_before_it() {
        let epochs = Epochs(vec![
            (Epoch::new(1), Position::new(1)),
            (Epoch::new(2), Position::new(10)),
            (Epoch::new(3), Position::new(10)),
        ]);
        assert_eq!(epochs.of(Position::new(9)), Epoch::new(1));
        assert_eq!(epochs.of(Position::new(10)), Epoch::new(3));
        assert_eq!(epochs.newest(), Epoch::new(3));
    }

    #[test]
    fn a_lineage_opened_since_is_noticed_by_its_first_position() {
        let old = Epochs(vec![(Epoch::new(1), Position::new(1))]);
        let mut new = old.clone();
        new.0.push((Epoch::new(2), Position::new(7)));
        assert_eq!(new.opened_since(&old), Some(Position::new(7)));
        assert_eq!(new.opened_since(&new), None);
    }
}
