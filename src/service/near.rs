//! How near one name is to another, for "did you mean".

/// Levenshtein's.
pub(crate) fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, letter) in left.chars().enumerate() {
        let mut diagonal = above;
        let mut last = above.saturating_add(1);
        let mut next = vec![last];
        for (other, up) in right.iter().zip(row.iter().skip(1)) {
            let replace = diagonal.saturating_add(usize::from(*other != letter));
            last = replace.min(up.saturating_add(1)).min(last.saturating_add(1));
            next.push(last);
            diagonal = *up;
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
