//! Edits of a good token, as bytes say: what random bytes would not come to in a lifetime.

use data_encoding::BASE64URL_NOPAD;

/// Letters that a token has, and those that a lax reader would take for some of them.
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/~ \t\n\0\"{}";

/// Headers that somebody would put in a header's place.
const HEADERS: &[&str] = &[
    r#"{"alg":"none"}"#,
    r#"{"alg":"none","kid":"ed","typ":"at+jwt"}"#,
    r#"{"alg":"HS256","kid":"rsa","typ":"at+jwt"}"#,
    r#"{"alg":"EdDSA","kid":"ec","typ":"at+jwt"}"#,
    r#"{"alg":"ES256","kid":"ed","typ":"at+jwt"}"#,
    r#"{"alg":"RS256","kid":"ec","typ":"at+jwt"}"#,
    r#"{"alg":"RS512","kid":"rsa","typ":"at+jwt"}"#,
    r#"{"alg":"EdDSA","kid":"ed","typ":"JWT"}"#,
    r#"{"alg":"EdDSA","kid":"ed","typ":"at+jwt","crit":["exp"]}"#,
    r#"{"alg":"EdDSA","kid":"ed","typ":"at+jwt","b64":false}"#,
    r#"{"typ":"at+jwt","kid":"ed","alg":"EdDSA"}"#,
    r#"{"alg":"EdDSA","typ":"at+jwt"}"#,
    r#"{}"#,
];

/// One of the tokens, and what becomes of it: the first byte chooses, and each four more are an edit.
pub(super) fn edited(tokens: &[&'static str; 3], data: &[u8]) -> (&'static str, String) {
    let (first, edits) = data.split_first().unwrap_or((&0, &[]));
    let good = tokens[usize::from(*first) % tokens.len()];
    let mut text = good.as_bytes().to_vec();
    for edit in edits.chunks_exact(4).take(8) {
        let &[what, high, low, value] = edit else { continue };
        let mut place = usize::from(u16::from_be_bytes([high, low]));
        // At the very end, where letters stand for bits that no byte has.
        if what & 8 != 0 {
            place = text.len().saturating_sub(1 + place % 4);
        }
        match what % 8 {
            6 => part_replaced(&mut text, place, value, tokens),
            7 => bit_flipped(&mut text, place, value),
            _ => letters_changed(&mut text, what % 8, place, value),
        }
    }
    (good, String::from_utf8_lossy(&text).into_owned())
}

/// A letter replaced, put in or taken out; the end cut off; a piece repeated; a letter or many added.
fn letters_changed(text: &mut Vec<u8>, how: u8, place: usize, value: u8) {
    let letter = LETTERS[usize::from(value) % LETTERS.len()];
    let at = place % (text.len() + 1);
    match how {
        0 => text.get_mut(at).into_iter().for_each(|old| *old = letter),
        1 => text.insert(at, letter),
        2 if at < text.len() => drop(text.remove(at)),
        3 => text.truncate(at.max(text.len().saturating_sub(usize::from(value)))),
        4 => {
            let end = (at + usize::from(value)).min(text.len());
            let piece = text[at..end].to_vec();
            drop(text.splice(at..at, piece));
        }
        // Up to 4,000 of them: longer than what any buffer holds.
        _ => text.extend(std::iter::repeat_n(letter, 1 + (place % 64).pow(2))),
    }
}

/// A part replaced: by nothing, by another header, or by the same part of another token.
fn part_replaced(text: &mut Vec<u8>, place: usize, value: u8, tokens: &[&str; 3]) {
    let mut parts: Vec<Vec<u8>> = text.split(|byte| *byte == b'.').map(<[u8]>::to_vec).collect();
    let which = place % parts.len();
    parts[which] = match usize::from(value) % (HEADERS.len() + tokens.len() + 1) {
        0 => Vec::new(),
        from if from <= tokens.len() => {
            let other = tokens[from - 1].split('.').nth(which).unwrap_or_default();
            other.as_bytes().to_vec()
        }
        header => BASE64URL_NOPAD.encode(HEADERS[header - tokens.len() - 1].as_bytes()).into_bytes(),
    };
    *text = parts.join(&b'.');
}

/// A bit flipped in what a part stands for, or a byte put after it.
fn bit_flipped(text: &mut Vec<u8>, place: usize, value: u8) {
    let mut parts: Vec<Vec<u8>> = text.split(|byte| *byte == b'.').map(<[u8]>::to_vec).collect();
    let which = usize::from(value >> 3) % parts.len();
    let Ok(mut bytes) = BASE64URL_NOPAD.decode(&parts[which]) else { return };
    let at = place % (bytes.len() + 1);
    match bytes.get_mut(at) {
        Some(byte) => *byte ^= 1 << (value & 7),
        None => bytes.push(value),
    }
    parts[which] = BASE64URL_NOPAD.encode(&bytes).into_bytes();
    *text = parts.join(&b'.');
}
