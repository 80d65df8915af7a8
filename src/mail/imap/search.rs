//! Looks for one message by its Message-ID. What a server's own search finds is compared, and where
//! it finds nothing the newest letters are: some servers answer with everything, some with nothing.

use crate::mail::imap::error::ImapError;
use crate::mail::imap::said::Said;
use crate::mail::imap::{LIMIT_LETTERS, Mailbox};

/// The most folders that are looked through for one message.
const LIMIT_FOLDERS: usize = 200;

/// The most of the newest letters of a folder whose Message-ID is compared, where the server's own
/// search finds nothing.
const LIMIT_COMPARED: u32 = 200;

/// What is fetched to compare Message-IDs.
const ID_FIELD: &str = "UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]";

/// A folder in which a message was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The folder's name as the server writes it.
    pub folder: String,
    /// The message's number in it.
    pub uid: u32,
}

/// A look through the whole mailbox for one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// Where it lies; none when it is in none of the folders that could be looked through.
    pub place: Option<Place>,
    /// How many folders were looked through.
    pub folders: u32,
    /// How many could not be looked through, or not to their end.
    pub unread: u32,
}

impl Mailbox {
    /// Looks for a message by its Message-ID in the inbox, among the sent mail and in all mail.
    /// `None` means that every folder was searched and none has it; a search that failed is an
    /// error.
    pub async fn find(&mut self, message_id: &str) -> Result<Option<Place>, ImapError> {
        must_be_askable(message_id)?;
        for folder in self.folders.clone() {
            let exists = match self.select(&folder).await {
                Ok(selected) => selected.exists,
                // A folder that was deleted meanwhile holds nothing.
                Err(ImapError::Refused { .. }) if folder != "INBOX" => continue,
                Err(error) => return Err(error),
            };
            if let Here::Found(uid) = self.find_here(message_id, exists).await? {
                return Ok(Some(Place { folder, uid }));
            }
        }
        Ok(None)
    }

    /// Looks for a message by its Message-ID in every folder, also where a person or a filter may
    /// have put it: only where no folder is left out does not finding it say anything.
    pub async fn find_everywhere(&mut self, message_id: &str) -> Result<Search, ImapError> {
        must_be_askable(message_id)?;
        let mut search = Search { place: None, folders: 0, unread: 0 };
        let all: Vec<String> = self.folders.iter().chain(&self.others).cloned().collect();
        for (index, folder) in all.into_iter().enumerate() {
            let here = if index < LIMIT_FOLDERS {
                match self.select(&folder).await {
                    Ok(selected) => self.find_here(message_id, selected.exists).await?,
                    Err(ImapError::Refused { .. } | ImapError::NotAskable { .. }) => Here::Unread,
                    Err(error) => return Err(error),
                }
            } else {
                Here::Unread
            };
            match here {
                Here::Found(uid) => {
                    search.place = Some(Place { folder, uid });
                    return Ok(search);
                }
                Here::Absent => search.folders += 1,
                Here::Unread => search.unread += 1,
            }
        }
        Ok(search)
    }

    /// Searches the selected folder. What the server's search finds is compared, because some
    /// servers answer with everything; when it finds nothing, the newest letters are compared,
    /// because some answer with nothing.
    async fn find_here(&mut self, message_id: &str, exists: u32) -> Result<Here, ImapError> {
        let search = format!("HEADER Message-ID \"<{message_id}>\"");
        let (mut found, searches) = match self.search(&search).await {
            Ok(found) => (found, !self.misses),
            Err(ImapError::Refused { .. }) => (Vec::new(), false),
            Err(error) => return Err(error),
        };
        found.sort_unstable_by(|left, right| right.cmp(left));
        found.truncate(LIMIT_LETTERS);
        if !found.is_empty() {
            let set: Vec<String> = found.iter().map(u32::to_string).collect();
            let ask = format!("UID FETCH {} ({ID_FIELD})", set.join(","));
            if let Some(uid) = self.compare(&ask, message_id).await? {
                return Ok(Here::Found(uid));
            }
        }
        if exists == 0 {
            return Ok(Here::Absent);
        }
        let first = exists.saturating_sub(LIMIT_COMPARED - 1).max(1);
        let ask = format!("FETCH {first}:{exists} ({ID_FIELD})");
        Ok(match self.compare(&ask, message_id).await? {
            Some(uid) => {
                self.misses = true;
                Here::Found(uid)
            }
            None if searches || first == 1 => Here::Absent,
            None => Here::Unread,
        })
    }

    async fn compare(&mut self, ask: &str, message_id: &str) -> Result<Option<u32>, ImapError> {
        let came = self.line.ask("FETCH", ask).await?;
        Ok(came.iter().find_map(|said| has_id(said, message_id)))
    }
}

/// What a folder has of a message.
enum Here {
    Found(u32),
    Absent,
    /// The folder could not be looked through to its end.
    Unread,
}

fn must_be_askable(message_id: &str) -> Result<(), ImapError> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"\\<>".contains(&byte);
    if message_id.is_empty() || !message_id.bytes().all(is_plain) {
        return Err(ImapError::NotAskable { what: message_id.to_owned() });
    }
    Ok(())
}

/// Returns the letter's number when its Message-ID is that one.
fn has_id(said: &Said, message_id: &str) -> Option<u32> {
    match said {
        Said::Letter { uid, bytes: Some(field), .. } if names(field, message_id) => Some(*uid),
        _ => None,
    }
}

fn names(field: &[u8], message_id: &str) -> bool {
    let text = String::from_utf8_lossy(field);
    let value = text.split_once(':').map_or(text.as_ref(), |(_, value)| value);
    let id: String = value.split_whitespace().collect();
    id.trim_matches(['<', '>']).eq_ignore_ascii_case(message_id)
}
