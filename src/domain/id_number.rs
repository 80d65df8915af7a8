//! The resident identity number of GB 11643-1999: eighteen places, the last a check character.

use jiff::civil::Date;

/// Why a text is not an identity number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdNumberError {
    /// Not seventeen digits and a digit or X.
    #[error("not 17 digits and a check character")]
    Shape,
    /// Places 7 to 14 are not a day.
    #[error("the birth date does not exist")]
    BirthDate,
    /// The check character does not fit the other seventeen.
    #[error("the check character should be {expected}")]
    Checksum {
        /// What the check character would have to be.
        expected: char,
    },
}

/// Checks an identity number; returns the birth date it carries.
pub fn check(text: &str) -> Result<Date, IdNumberError> {
    let bytes = text.as_bytes();
    let shaped = bytes.len() == 18
        && bytes[..17].iter().all(u8::is_ascii_digit)
        && (bytes[17].is_ascii_digit() || matches!(bytes[17], b'X' | b'x'));
    if !shaped {
        return Err(IdNumberError::Shape);
    }
    let number = |range: std::ops::Range<usize>| -> i16 {
        text[range].parse().expect("the places were checked to be digits")
    };
    let birth = i8::try_from(number(10..12))
        .ok()
        .zip(i8::try_from(number(12..14)).ok())
        .and_then(|(month, day)| Date::new(number(6..10), month, day).ok())
        .ok_or(IdNumberError::BirthDate)?;
    let expected = check_character(&bytes[..17]);
    if bytes[17].to_ascii_uppercase() != expected as u8 {
        return Err(IdNumberError::Checksum { expected });
    }
    Ok(birth)
}

/// Returns the number with the places of the birth date and sequence hidden.
pub fn mask(text: &str) -> String {
    let places: Vec<char> = text.chars().collect();
    if places.len() < 10 {
        return "*".repeat(places.len());
    }
    let (head, tail) = (4, 3);
    let hidden = places.len() - head - tail;
    places[..head]
        .iter()
        .copied()
        .chain(std::iter::repeat_n('*', hidden))
        .chain(places[places.len() - tail..].iter().copied())
        .collect()
}

/// ISO 7064 MOD 11-2, as GB 11643 prescribes it.
fn check_character(digits: &[u8]) -> char {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHARACTERS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
    let sum: u32 =
        digits.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    CHARACTERS[(sum % 11) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_the_standard_s_example() {
        // The worked example of GB 11643-1999.
        assert_eq!(check("11010519491231002X"), Ok(Date::constant(1949, 12, 31)));
        assert!(check("440524188001010014").is_ok());
    }

    #[test]
    fn names_the_right_check_character() {
        assert_eq!(check("110105194912310021"), Err(IdNumberError::Checksum { expected: 'X' }));
    }

    #[test]
    fn refuses_days_that_never_were() {
        assert_eq!(check("110105194913310021"), Err(IdNumberError::BirthDate));
        assert_eq!(check("11010519491231"), Err(IdNumberError::Shape));
    }

    #[test]
    fn masks_all_but_the_ends() {
        assert_eq!(mask("11010519491231002X"), "1101***********02X");
    }
}
