//! The first layer: the text is read, and only what is on a list passes. What is sent on is not the
//! text but what was understood of it, printed again: a comment, a second statement or a way of
//! writing that the database reads otherwise does not get that far.

use std::collections::HashSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    DataType, DescribeAlias, Expr, FunctionArguments, Ident, ObjectName, Query, Select, SetExpr,
    Statement, TableFactor, Value, ValueWithSpan, Visit, Visitor, visit_expressions_mut,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use super::functions::{gives_rows, is_function, is_type};
use super::views::is_view;

/// Most characters of a question.
pub const LONGEST: usize = 10_000;
/// How deep a question may be.
const DEEPEST: usize = 40;
/// `1 + 1 + 1 …` is read without going deeper, and walked over by going as deep as it is long.
const STACK: usize = 256 << 20;

/// A question that may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// As it is sent on.
    pub sql: String,
    /// The same, each literal replaced by `?`: what is noted.
    pub noted: String,
    /// What comes back.
    pub kind: Kind,
}

/// What comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Rows.
    Rows,
    /// The lines of a plan.
    Explain,
}

/// Why a question may not be asked: the construct, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAllowed(String);

fn no<T>(what: impl std::fmt::Display) -> Result<T, NotAllowed> {
    Err(NotAllowed(format!(
        "{what} is not allowed here. Ask with one SELECT, WITH … SELECT, VALUES or EXPLAIN over the views of the schema console."
    )))
}

/// The question in a text, if it may be asked.
///
/// # Errors
/// What in it is not allowed.
pub fn guard(text: &str) -> Result<Allowed, NotAllowed> {
    if text.chars().count() > LONGEST {
        return no(format!("A query of more than {LONGEST} characters"));
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        let judged = thread.spawn_scoped(scope, || judge(text));
        match judged.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(judged)) => judged,
            _ => no("A query that cannot be looked at"),
        }
    })
}

fn judge(text: &str) -> Result<Allowed, NotAllowed> {
    let parsed = Parser::new(&PostgreSqlDialect {})
        .with_recursion_limit(DEEPEST)
        .try_with_sql(text)
        .and_then(|mut parser| parser.parse_statements());
    let mut statements = match parsed {
        Ok(statements) => statements,
        Err(error) => return Err(NotAllowed(format!("The query cannot be read: {error}"))),
    };
    let (Some(statement), true) = (statements.pop(), statements.is_empty()) else {
        return no("Anything but one statement");
    };
    let kind = kind(&statement)?;
    let mut watch = Watch::default();
    if let ControlFlow::Break(NotAllowed(what)) = statement.visit(&mut watch) {
        return Err(NotAllowed(what));
    }
    Ok(Allowed {
        sql: statement.to_string(),
        noted: noted(statement),
        kind,
    })
}

fn kind(statement: &Statement) -> Result<Kind, NotAllowed> {
    match statement {
        Statement::Query(_) => Ok(Kind::Rows),
        Statement::Explain {
            describe_alias: DescribeAlias::Explain,
            analyze: false,
            query_plan: false,
            estimate: false,
            statement,
            format: None,
            options: None,
            ..
        } if matches!(**statement, Statement::Query(_)) => Ok(Kind::Explain),
        Statement::Explain { .. } => no("EXPLAIN with options, or of anything but a query,"),
        other => {
            let text = other.to_string();
            let word = text.split_whitespace().next().unwrap_or("This");
            no(word)
        }
    }
}

/// The statement without what was asked for in it.
fn noted(mut statement: Statement) -> String {
    let _ = visit_expressions_mut(&mut statement, |expr: &mut Expr| {
        if let Expr::Value(value) = expr {
            value.value = Value::Placeholder("?".to_owned());
        } else if let Expr::TypedString(_) = expr {
            *expr = Expr::Value(Value::Placeholder("?".to_owned()).into());
        }
        ControlFlow::<()>::Continue(())
    });
    statement.to_string()
}

/// Looks at every part of a statement.
#[derive(Default)]
struct Watch {
    /// The names that the question gives to parts of itself.
    own: HashSet<String>,
}

impl Watch {
    fn query(&mut self, query: &Query) -> Result<(), NotAllowed> {
        if !query.locks.is_empty() || query.for_clause.is_some() {
            return no("Locking rows (FOR …)");
        }
        if query.settings.is_some()
            || query.format_clause.is_some()
            || !query.pipe_operators.is_empty()
        {
            return no("A construct of another database");
        }
        if let Some(with) = &query.with {
            if with.recursive {
                return no("WITH RECURSIVE");
            }
            for part in &with.cte_tables {
                let name = folded(&part.alias.name);
                // The catalogue's own names are found before any schema: nobody hides them.
                if name.starts_with("pg_") || name == "console" {
                    return no(format!("The name {name}"));
                }
                self.own.insert(name);
            }
        }
        self.body(&query.body)
    }

    fn body(&mut self, body: &SetExpr) -> Result<(), NotAllowed> {
        match body {
            SetExpr::Select(select) => self.select(select),
            SetExpr::SetOperation { left, right, .. } => {
                self.body(left)?;
                self.body(right)
            }
            SetExpr::Query(_) | SetExpr::Values(_) => Ok(()),
            SetExpr::Insert(_) => no("INSERT"),
            SetExpr::Update(_) => no("UPDATE"),
            SetExpr::Delete(_) => no("DELETE"),
            SetExpr::Merge(_) => no("MERGE"),
            SetExpr::Table(_) => no("TABLE"),
        }
    }

    fn select(&self, select: &Select) -> Result<(), NotAllowed> {
        if select.into.is_some() {
            return no("SELECT … INTO");
        }
        if !select.lateral_views.is_empty() || select.prewhere.is_some() || select.top.is_some() {
            return no("A construct of another database");
        }
        Ok(())
    }

    /// A relation is a view of the console, or a part of the question itself.
    fn relation(&self, name: &ObjectName) -> Result<(), NotAllowed> {
        let parts = idents(name);
        let known = match parts.as_deref() {
            // A function that gives rows is called a relation too; its arguments are looked at.
            Some([view]) => is_view(view) || self.own.contains(view) || gives_rows(view),
            Some([schema, view]) => schema == "console" && is_view(view),
            _ => false,
        };
        match known {
            true => Ok(()),
            false => no(format!("The relation {name}")),
        }
    }

    fn factor(factor: &TableFactor) -> Result<(), NotAllowed> {
        match factor {
            TableFactor::Table {
                name,
                args,
                with_hints,
                version,
                partitions,
                ..
            } => {
                if !with_hints.is_empty() || version.is_some() || !partitions.is_empty() {
                    return no("A construct of another database");
                }
                match args {
                    None => Ok(()),
                    Some(_) => Self::called(name, gives_rows),
                }
            }
            TableFactor::Function { name, .. } => Self::called(name, gives_rows),
            TableFactor::Derived { .. } | TableFactor::NestedJoin { .. } => Ok(()),
            other => no(format!("{other} as a table")),
        }
    }

    fn called(name: &ObjectName, is_known: fn(&str) -> bool) -> Result<(), NotAllowed> {
        match idents(name).as_deref() {
            Some([function]) if is_known(function) => Ok(()),
            _ => no(format!("The function {name}")),
        }
    }

    fn expr(expr: &Expr) -> Result<(), NotAllowed> {
        match expr {
            Expr::Identifier(_)
            | Expr::CompoundIdentifier(_)
            | Expr::CompoundFieldAccess { .. }
            | Expr::IsFalse(_)
            | Expr::IsNotFalse(_)
            | Expr::IsTrue(_)
            | Expr::IsNotTrue(_)
            | Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::IsUnknown(_)
            | Expr::IsNotUnknown(_)
            | Expr::IsDistinctFrom(..)
            | Expr::IsNotDistinctFrom(..)
            | Expr::InList { .. }
            | Expr::InSubquery { .. }
            | Expr::Between { .. }
            | Expr::Like { .. }
            | Expr::ILike { .. }
            | Expr::SimilarTo { .. }
            | Expr::AnyOp { .. }
            | Expr::AllOp { .. }
            | Expr::UnaryOp { .. }
            | Expr::AtTimeZone { .. }
            | Expr::Extract { .. }
            | Expr::Ceil { .. }
            | Expr::Floor { .. }
            | Expr::Position { .. }
            | Expr::Substring { .. }
            | Expr::Trim { .. }
            | Expr::Overlay { .. }
            | Expr::Nested(_)
            | Expr::Case { .. }
            | Expr::Exists { .. }
            | Expr::Subquery(_)
            | Expr::GroupingSets(_)
            | Expr::Cube(_)
            | Expr::Rollup(_)
            | Expr::Tuple(_)
            | Expr::Array(_)
            | Expr::Interval(_) => Ok(()),
            Expr::BinaryOp { op, .. } => match op {
                sqlparser::ast::BinaryOperator::PGCustomBinaryOperator(_)
                | sqlparser::ast::BinaryOperator::Custom(_) => no(format!("The operator {op}")),
                _ => Ok(()),
            },
            Expr::Value(value) => Self::value(value),
            Expr::TypedString(text) => Self::typed(&text.data_type),
            Expr::Cast {
                data_type, format, ..
            } => match format {
                Some(_) => no("CAST … FORMAT"),
                None => Self::typed(data_type),
            },
            Expr::Function(function) => {
                if matches!(function.args, FunctionArguments::Subquery(_)) {
                    return no("A query as a function's argument");
                }
                Self::called(&function.name, is_function)
            }
            other => no(format!("The expression {other}")),
        }
    }

    fn value(value: &ValueWithSpan) -> Result<(), NotAllowed> {
        match &value.value {
            Value::Placeholder(name) => no(format!("The parameter {name}")),
            _ => Ok(()),
        }
    }

    fn typed(kind: &DataType) -> Result<(), NotAllowed> {
        match is_type(&kind.to_string()) {
            true => Ok(()),
            false => no(format!("The type {kind}")),
        }
    }
}

/// The names in a name, as Postgres reads them; none when a part of it is no name.
fn idents(name: &ObjectName) -> Option<Vec<String>> {
    let parts = name.0.iter();
    parts.map(|part| part.as_ident().map(folded)).collect()
}

/// Without quotes, letters count as small ones.
fn folded(name: &Ident) -> String {
    match name.quote_style {
        None => name.value.to_ascii_lowercase(),
        Some(_) => name.value.clone(),
    }
}

fn flow(done: Result<(), NotAllowed>) -> ControlFlow<NotAllowed> {
    match done {
        Ok(()) => ControlFlow::Continue(()),
        Err(not_allowed) => ControlFlow::Break(not_allowed),
    }
}

impl Visitor for Watch {
    type Break = NotAllowed;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<NotAllowed> {
        flow(self.query(query))
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<NotAllowed> {
        flow(self.relation(relation))
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<NotAllowed> {
        flow(Self::factor(factor))
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<NotAllowed> {
        flow(Self::expr(expr))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        guard(text).expect_err(text).to_string()
    }

    #[test]
    fn questions_over_the_views_pass() {
        for text in [
            "select * from tasks",
            "SELECT status, count(*) FROM console.tasks GROUP BY status ORDER BY 2 DESC LIMIT 5;",
            "with late as (select id from tasks where created_at < now() - interval '1 day') select count(*) from late",
            "values (1, 'a'), (2, 'b')",
            "explain select name from agents where status = 'idle'",
            "select t.name, a.name from tasks t join agents a on a.id = t.assigned_to -- a comment",
            "select metadata->>'stage', (metadata #>> '{a,b}')::int from tasks",
            "select row_number() over (partition by status order by created_at) from tasks",
            "select extract(epoch from max(created_at)) from tasks where name ilike '%x%' and priority in ('P0', 'P1')",
            "select key, value from tasks, jsonb_each_text(metadata)",
            "select case when status = 'failed' then 1 else 0 end from tasks union all select 2",
            "select date_trunc('hour', logged_at), string_agg(message, ', ') from logs group by 1",
            "select 1",
        ] {
            assert!(guard(text).is_ok(), "{text}: {:?}", guard(text));
        }
    }

    #[test]
    fn what_is_sent_on_is_what_was_understood() {
        let allowed = guard("select 1 /* ; drop table tasks */ ;").expect("one question");
        assert_eq!(
            (allowed.sql.as_str(), allowed.kind),
            ("SELECT 1", Kind::Rows)
        );
        let allowed = guard("explain select 1").expect("a plan");
        assert_eq!(
            (allowed.sql.as_str(), allowed.kind),
            ("EXPLAIN SELECT 1", Kind::Explain)
        );
    }

    #[test]
    fn what_is_noted_has_no_literal() {
        let text = "select * from tasks where name = 'secret' and created_at > timestamp '2026-01-01' and progress in (7, 8) limit 9";
        let noted = guard(text).expect("a question").noted;
        assert_eq!(
            noted,
            "SELECT * FROM tasks WHERE name = ? AND created_at > ? AND progress IN (?, ?) LIMIT ?"
        );
    }

    #[test]
    fn a_refusal_names_the_construct() {
        for (text, word) in [
            ("delete from tasks", "DELETE"),
            ("select 1; select 2", "one statement"),
            ("", "one statement"),
            ("select * from events", "events"),
            ("select * from read.tasks", "read.tasks"),
            ("select * from pg_catalog.pg_roles", "pg_catalog.pg_roles"),
            ("select pg_sleep(9)", "pg_sleep"),
            ("select 'pg_authid'::regclass", "REGCLASS"),
            ("select * into x from tasks", "INTO"),
            ("select * from tasks for update", "FOR"),
            (
                "with recursive r as (select 1) select * from r",
                "RECURSIVE",
            ),
            (
                "with pg_roles as (select 1) select * from pg_roles",
                "pg_roles",
            ),
            (
                "with d as (delete from tasks returning *) select * from d",
                "DELETE",
            ),
            ("explain analyze select 1", "EXPLAIN"),
            ("table tasks", "TABLE"),
            ("select $1", "$1"),
            ("select 1 operator(pg_catalog.+) 2", "operator"),
            ("selct 1", "cannot be read"),
        ] {
            let said = refusal(text);
            assert!(
                said.to_lowercase().contains(&word.to_lowercase()),
                "{text}: {said}"
            );
        }
        assert!(refusal(&"x".repeat(LONGEST + 1)).contains("characters"));
    }

    #[test]
    fn no_text_brings_the_guard_down() {
        let sum = format!("select {}1", "1+".repeat(4_990));
        let _ = guard(&sum);
        let nested = format!("select {}1{}", "(".repeat(4_000), ")".repeat(4_000));
        assert!(guard(&nested).is_err());
        let not = format!("select {}true", "not ".repeat(2_400));
        let _ = guard(&not);
        let union = vec!["select 1"; 600].join(" union ");
        let _ = guard(&union);
    }
}
