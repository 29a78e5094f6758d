//! The program: parse, run one command, exit with its code.

/// What one thread makes another lets go here (requests, batches, frames), which costs the system's allocator
/// a quarter of the processor time; docs/PERFORMANCE.md has the figures.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    pantheon::cli::main()
}
