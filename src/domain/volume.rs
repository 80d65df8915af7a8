//! Attachments that are too heavy for one message go in several, in their order and none cut.

use std::ops::Range;

/// The most the attachments of one message may weigh before encoding, in bytes: providers take
/// less than they say, and base64 adds a third.
pub const LIMIT_ATTACHMENTS_BYTES: u64 = 15 * 1024 * 1024;

/// The most messages of one submission: nobody opens more.
pub const LIMIT_VOLUMES: usize = 10;

/// What a message has beside its attachments, in bytes: words, names, signatures.
const FRAME_BYTES: u64 = 64 * 1024;

/// Why attachments cannot go by mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooHeavy {
    /// One of them is heavier than a message may be; what it weighs, in bytes.
    File(u64),
    /// Together they need too many messages; what they weigh, in bytes.
    Whole(u64),
}

/// Returns which of the attachments go in which message: one range of them for each, at least one
/// message. `limit` is what those of one message may weigh, in bytes.
pub fn split(weights: &[u64], limit: u64) -> Result<Vec<Range<usize>>, TooHeavy> {
    if let Some(heaviest) = weights.iter().max().filter(|heaviest| **heaviest > limit) {
        return Err(TooHeavy::File(*heaviest));
    }
    let (mut volumes, mut from, mut load) = (Vec::new(), 0, 0);
    for (index, weight) in weights.iter().enumerate() {
        if load + weight > limit {
            volumes.push(from..index);
            (from, load) = (index, 0);
        }
        load += weight;
    }
    volumes.push(from..weights.len());
    if volumes.len() > LIMIT_VOLUMES {
        return Err(TooHeavy::Whole(weights.iter().sum()));
    }
    Ok(volumes)
}

/// Returns what the attachments of a message may weigh, in bytes, where the server takes messages of
/// `bytes` at most (RFC 1870): base64 makes four of three, and lines of 76 end in two more.
pub fn room_in(bytes: u64) -> u64 {
    let room = bytes.saturating_sub(FRAME_BYTES) / 78 * 76 / 4 * 3;
    room.min(LIMIT_ATTACHMENTS_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_are_full_in_order_and_none_is_over_the_limit() {
        for (weights, ends) in [
            (&[][..], &[0][..]),
            (&[4, 6], &[2]),
            (&[4, 7, 3, 10, 1], &[1, 3, 4, 5]),
            (&[10, 0, 0, 1], &[3, 4]),
        ] {
            let volumes = split(weights, 10).unwrap();
            assert!(volumes.windows(2).all(|two| two[0].end == two[1].start), "{volumes:?}");
            assert_eq!(volumes[0].start, 0);
            assert_eq!(volumes.iter().map(|volume| volume.end).collect::<Vec<_>>(), ends);
        }
    }

    #[test]
    fn what_cannot_be_split_says_what_it_weighs() {
        assert_eq!(split(&[1, 12, 11], 10), Err(TooHeavy::File(12)));
        assert_eq!(split(&[10; LIMIT_VOLUMES], 10).map(|all| all.len()), Ok(LIMIT_VOLUMES));
        assert_eq!(split(&[10; LIMIT_VOLUMES + 1], 10), Err(TooHeavy::Whole(110)));
    }

    #[test]
    fn attachments_in_their_encoding_stay_below_the_limit_of_the_server() {
        for limit in [1_u64 << 20, 10_240_000, 20 << 20] {
            let encoded = room_in(limit).div_ceil(3) * 4;
            assert!(encoded + encoded.div_ceil(76) * 2 + FRAME_BYTES <= limit + 4, "{limit}");
        }
        assert_eq!(room_in(1), 0);
        assert_eq!(room_in(1 << 40), LIMIT_ATTACHMENTS_BYTES);
    }
}
