//! Which bytes are which letters. Exports are UTF-8 (WeChat, JD, Meituan), GB18030 (Alipay,
//! banks) or, re-saved by a spreadsheet, UTF-16. Strict UTF-8 is tried first: text in GB18030 is
//! practically never valid UTF-8, the reverse is common.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

const BLOCK: usize = 64 * 1024;

/// Judges the encoding from the first bytes; `complete` says that nothing follows them.
pub fn detect(head: &[u8], complete: bool) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return encoding;
    }
    let even = |zero_first: bool| {
        let sample = head.get(..64.min(head.len())).unwrap_or_default();
        let zeros = sample.iter().skip(usize::from(!zero_first)).step_by(2);
        sample.len() >= 16 && zeros.filter(|byte| **byte == 0).count() * 4 > sample.len()
    };
    if even(false) {
        return UTF_16LE;
    }
    if even(true) {
        return UTF_16BE;
    }
    match std::str::from_utf8(head) {
        Ok(_) => UTF_8,
        Err(error) if error.error_len().is_none() && !complete => UTF_8,
        Err(_) => GB18030,
    }
}

/// Turns a stream of any encoding into UTF-8, block by block.
pub struct Transcoder<R> {
    inner: R,
    decoder: Decoder,
    input: Box<[u8]>,
    start: usize,
    end: usize,
    ended: bool,
    finished: bool,
    /// Bytes that had no meaning in the encoding and became `U+FFFD`.
    pub malformed: u64,
}

impl<R: Read> Transcoder<R> {
    /// Starts decoding; a byte order mark is removed.
    pub fn new(inner: R, encoding: &'static Encoding) -> Self {
        let input = vec![0; BLOCK].into_boxed_slice();
        let decoder = encoding.new_decoder_with_bom_removal();
        Self {
            inner,
            decoder,
            input,
            start: 0,
            end: 0,
            ended: false,
            finished: false,
            malformed: 0,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        if self.start == self.end && !self.ended {
            self.start = 0;
            self.end = self.inner.read(&mut self.input)?;
            self.ended = self.end == 0;
        }
        Ok(())
    }
}

impl<R: Read> Read for Transcoder<R> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        // A decoder that has finished must not be asked again, and readers do ask again.
        while !self.finished {
            self.refill()?;
            let input = &self.input[self.start..self.end];
            let (result, read, written, malformed) =
                self.decoder.decode_to_utf8(input, output, self.ended);
            self.start += read;
            self.malformed += u64::from(malformed);
            if result == CoderResult::OutputFull && written == 0 {
                return Err(io::Error::other("no room for one letter"));
            }
            self.finished = self.ended && result == CoderResult::InputEmpty;
            if written > 0 || output.is_empty() {
                return Ok(written);
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: &'static Encoding) {
        assert_eq!(detect(bytes, true), expected);
    }

    #[test]
    fn tells_the_encodings_apart() {
        check("交易时间,金额".as_bytes(), UTF_8);
        check(&GB18030.encode("交易时间,金额").0, GB18030);
        check(b"\xff\xfea\0", UTF_16LE);
        check(b"plain", UTF_8);
    }

    #[test]
    fn a_letter_cut_at_the_end_of_the_sample_is_still_utf_8() {
        let text = "金额".as_bytes();
        assert_eq!(detect(&text[..4], false), UTF_8);
    }

    #[test]
    fn decodes_a_stream_in_small_pieces() {
        let bytes = GB18030.encode("余额宝-收益发放").0.into_owned();
        let mut text = String::new();
        Transcoder::new(bytes.as_slice(), GB18030).read_to_string(&mut text).unwrap();
        assert_eq!(text, "余额宝-收益发放");
    }
}
