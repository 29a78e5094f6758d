use pantheon_events::tasks::Priority;
use proptest::prelude::*;

use super::{Analysis, Graph, Node};

fn node(id: &str, minutes: i64) -> Node {
    Node {
        id: id.to_owned(),
        name: format!("task {id}"),
        priority: Priority::P2,
        minutes,
    }
}

fn analysed(tasks: &[(&str, i64)], edges: &[(usize, usize)]) -> Analysis {
    let nodes = tasks.iter().map(|(id, minutes)| node(id, *minutes));
    Graph::new(nodes.collect(), edges.iter().copied()).analyse()
}

#[test]
fn four_tasks_in_a_chain_gain_nothing_from_company() {
    let tasks = [("a", 5), ("b", 30), ("c", 15), ("d", 10)];
    let found = analysed(&tasks, &[(1, 0), (2, 1), (3, 2)]);
    assert_eq!(found.levels, [["a"], ["b"], ["c"], ["d"]]);
    assert_eq!(found.critical_path, ["a", "b", "c", "d"]);
    let minutes = (found.sequential_minutes, found.critical_path_minutes);
    assert_eq!(minutes, (60, 60));
    assert!((found.estimated_speedup - 1.0).abs() < f64::EPSILON);
}

#[test]
fn a_level_is_not_the_path() {
    // The longest task of each level are no chain: a → c and b → d.
    let tasks = [("a", 10), ("b", 1), ("c", 1), ("d", 10)];
    let found = analysed(&tasks, &[(2, 0), (3, 1)]);
    assert_eq!(found.levels, [["a", "b"], ["c", "d"]]);
    assert_eq!(found.critical_path_minutes, 11);
    assert_eq!(
        found.critical_path,
        ["a", "c"],
        "of equal ones the smaller ids"
    );
    assert!((found.estimated_speedup - 2.0).abs() < f64::EPSILON);
}

#[test]
fn inside_a_level_the_urgent_come_first_then_those_given_first() {
    let mut nodes = vec![node("z", 0), node("y", 0), node("x", 0)];
    nodes[2].priority = Priority::P0;
    let found = Graph::new(nodes, []).analyse();
    assert_eq!(found.levels, [["x", "z", "y"]]);
    assert!((found.estimated_speedup - 1.0).abs() < f64::EPSILON);
}

#[test]
fn circles_are_reported_and_nothing_else_is_made_up() {
    let tasks = [("a", 1), ("b", 1), ("c", 1), ("d", 1), ("e", 1)];
    // a ⇄ b, c waits for itself, d waits for a, e is free.
    let found = analysed(&tasks, &[(0, 1), (1, 0), (2, 2), (3, 0)]);
    assert_eq!(found.cycles, [vec!["a", "b"], vec!["c"]]);
    assert!(found.has_cycles() && found.levels.is_empty() && found.critical_path.is_empty());
    assert_eq!(
        (found.sequential_minutes, found.critical_path_minutes),
        (5, 0)
    );
}

#[test]
fn two_circles_with_a_task_in_common_are_two() {
    let tasks = [("a", 1), ("b", 1), ("c", 1)];
    let found = analysed(&tasks, &[(0, 1), (1, 0), (1, 2), (2, 1)]);
    assert_eq!(found.cycles, [["a", "b"], ["c", "b"]]);
}

#[test]
fn no_task_is_no_trouble() {
    let found = analysed(&[], &[]);
    assert_eq!(found.mermaid, "graph TD\n");
    assert_eq!(found.levels, Vec::<Vec<String>>::new());
    assert!((found.estimated_speedup - 1.0).abs() < f64::EPSILON);
}

#[test]
fn nothing_in_a_name_gets_out_of_its_label() {
    let mut nodes = vec![node("a-b", 1), node("a_b", 1), node("end", 1)];
    nodes[0].name = "say \"<b>hi</b>\"\n#1 --> x".to_owned();
    let drawn = Graph::new(nodes, [(1, 0), (2, 1)]).analyse().mermaid;
    let lines: Vec<&str> = drawn.lines().collect();
    assert_eq!(
        lines,
        [
            "graph TD",
            "    a_b[\"say #quot;#lt;b#gt;hi#lt;/b#gt;#quot; #35;1 --#gt; x\"]",
            "    a_b_2[\"task a_b\"]",
            "    end_[\"task end\"]",
            "    a_b --> a_b_2",
            "    a_b_2 --> end_",
        ]
    );
}

/// Small graphs; edges of the first kind go to earlier tasks only, so that there is no circle.
fn graph(circles: bool) -> impl Strategy<Value = (Vec<i64>, Vec<(usize, usize)>)> {
    (1_usize..8).prop_flat_map(move |count| {
        let minutes = prop::collection::vec(0_i64..6, count);
        let edge = (0..count, 0..count);
        let edges = prop::collection::vec(edge, 0..14);
        (minutes, edges).prop_map(move |(minutes, edges)| {
            let edges = edges.into_iter();
            let edges = edges.filter(|(task, on)| circles || on < task).collect();
            (minutes, edges)
        })
    })
}

fn name(task: usize) -> String {
    format!("t{task}")
}

fn of(minutes: &[i64], edges: &[(usize, usize)]) -> Analysis {
    let nodes = minutes.iter().enumerate();
    let nodes = nodes.map(|(task, minutes)| node(&name(task), *minutes));
    Graph::new(nodes.collect(), edges.iter().copied()).analyse()
}

/// Every chain of a graph without circles that begins at `task`, by brute force.
fn chains(edges: &[(usize, usize)], task: usize) -> Vec<Vec<usize>> {
    let next = edges.iter().filter(|(_, on)| *on == task);
    let mut found = vec![vec![task]];
    for (waiting, _) in next {
        for mut rest in chains(edges, *waiting) {
            rest.insert(0, task);
            found.push(rest);
        }
    }
    found
}

/// Whether a task waits for itself in the end, by brute force.
fn is_in_a_circle(edges: &[(usize, usize)], task: usize) -> bool {
    let mut reached: Vec<usize> = vec![];
    let mut open = vec![task];
    while let Some(at) = open.pop() {
        for (_, on) in edges.iter().filter(|(waiting, _)| *waiting == at) {
            if *on == task {
                return true;
            }
            if !reached.contains(on) {
                reached.push(*on);
                open.push(*on);
            }
        }
    }
    false
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_level_is_the_longest_chain_under_a_task((minutes, edges) in graph(false)) {
        let found = of(&minutes, &edges);
        let all: Vec<_> = (0..minutes.len()).flat_map(|task| chains(&edges, task)).collect();
        for task in 0..minutes.len() {
            let up_to = all.iter().filter(|chain| chain.last() == Some(&task));
            let longest = up_to.map(Vec::len).max().unwrap_or(1) - 1;
            prop_assert!(found.levels[longest].contains(&name(task)), "{:?}", found.levels);
        }
        let placed: usize = found.levels.iter().map(Vec::len).sum();
        prop_assert_eq!(placed, minutes.len(), "each stands in one level");
    }

    #[test]
    fn no_chain_takes_longer_than_the_critical_path((minutes, edges) in graph(false)) {
        let found = of(&minutes, &edges);
        let sum = |chain: &[usize]| chain.iter().map(|task| minutes[*task]).sum::<i64>();
        let all: Vec<_> = (0..minutes.len()).flat_map(|task| chains(&edges, task)).collect();
        let longest = all.iter().map(|chain| sum(chain)).max();
        prop_assert_eq!(Some(found.critical_path_minutes), longest);
        let is_whole = |chain: &&Vec<usize>| {
            let (first, last) = (chain[0], chain[chain.len() - 1]);
            edges.iter().all(|(task, on)| *task != first && *on != last)
        };
        let names = |chain: &Vec<usize>| chain.iter().map(|task| name(*task)).collect::<Vec<_>>();
        let whole = all.iter().filter(is_whole);
        let first = whole.filter(|chain| Some(sum(chain)) == longest).map(names).min();
        prop_assert_eq!(Some(found.critical_path), first, "a chain of the graph, smaller ids first");
    }

    #[test]
    fn every_task_of_a_circle_is_reported_in_one_and_no_other_is((minutes, edges) in graph(true)) {
        let found = of(&minutes, &edges);
        for task in 0..minutes.len() {
            let reported = found.cycles.iter().any(|circle| circle.contains(&name(task)));
            prop_assert_eq!(reported, is_in_a_circle(&edges, task), "{}: {:?}", task, found.cycles);
        }
        for circle in &found.cycles {
            for (n, task) in circle.iter().enumerate() {
                let on = &circle[(n + 1) % circle.len()];
                let is_edge = |(a, b): &(usize, usize)| name(*a) == *task && name(*b) == *on;
                prop_assert!(edges.iter().any(is_edge), "{:?} is no circle", circle);
            }
        }
        prop_assert_eq!(found.has_cycles(), found.levels.is_empty());
    }
}
