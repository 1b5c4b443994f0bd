# What is run again and again; `just` alone lists it.

_list:
    @just --list

# the console on a demo team
demo *ARGS:
    cargo run -- demo {{ARGS}}

# everything that must hold before a change is taken
ci:
    .ci/run

# put the source in its form
fmt:
    cargo fmt

# what the compiler and clippy find
lint:
    cargo clippy --all-targets --all-features -- -D warnings

# all tests, or those whose name contains NAME
test *NAME:
    cargo test {{NAME}}

# the crate's documentation, with what is private
doc:
    RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" cargo doc --no-deps --document-private-items

# benchmarks: filter, frame, bytes a cursor move
bench *ARGS:
    cargo bench {{ARGS}}

# the README's animation, recorded from the real program
pictures: build
    .ci/pictures/run

[private]
build:
    cargo build

# the tests that need PostgreSQL, on one that is started for them
test-postgres *COMMAND:
    .ci/postgres/run {{COMMAND}}
