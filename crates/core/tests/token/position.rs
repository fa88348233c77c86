//! A place in the list of signals has one spelling.

use admit_core::signal::{LogId, Position, PositionError};
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_place_is_read_as_it_is_printed(log in any::<u64>(), seq in any::<u64>()) {
        let position = Position { log: LogId::from_u64(log), seq };
        prop_assert_eq!(position.to_string().parse(), Ok(position));
    }

    #[test]
    fn no_text_is_a_place_but_the_one_that_is_printed(text in "[0-9a-fA-F+ -]{14,18}[.]?[0-9+ _-]{0,22}") {
        if let Ok(position) = text.parse::<Position>() {
            prop_assert_eq!(position.to_string(), text);
        }
    }
}

#[test]
fn a_place_is_sixteen_digits_of_a_list_a_dot_and_a_number() {
    let good = Position { log: LogId::from_u64(0x0123_4567_89ab_cdef), seq: 42 };
    assert_eq!("0123456789abcdef.42".parse(), Ok(good));
    assert_eq!(good.to_string(), "0123456789abcdef.42");
    for bad in [
        "",
        ".",
        ".42",
        "42",
        "0123456789abcdef",
        "0123456789abcdef.",
        "0123456789abcdef.-1",
        "0123456789abcdef.+1",
        "0123456789abcdef.042",
        "0123456789abcdef.4 2",
        "0123456789abcdef.42.1",
        "0123456789abcdef.18446744073709551616",
        "0123456789ABCDEF.42",
        "+123456789abcdef.42",
        "123456789abcdef.42",
        "00123456789abcdef.42",
        "0123456789abcdeg.42",
        " 0123456789abcdef.42",
        "0123456789abcdef.42\n",
        "０123456789abc.42",
    ] {
        assert_eq!(bad.parse::<Position>(), Err(PositionError), "{bad:?}");
    }
}
