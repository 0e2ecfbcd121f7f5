//! Huffman tables as files define them (T.81 annex C), and those that fit a picture: the shortest
//! codes of at most 16 bits, none of them all ones (T.81 annex K.2).

/// A Huffman table as a DHT segment defines it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HuffmanSpec {
    /// BITS: how many codes there are of each length, 1 to 16.
    pub counts: [u8; 16],
    /// HUFFVAL: the symbols in the order of their codes.
    pub symbols: Vec<u8>,
}

impl HuffmanSpec {
    /// Symbols with their code and its length, in the order of the codes (T.81 figure C.2).
    pub fn codes(&self) -> impl Iterator<Item = (u8, u32, u32)> {
        let lengths = (1_u32..).zip(&self.counts);
        let mut lengths = lengths.flat_map(|(length, &n)| std::iter::repeat_n(length, n.into()));
        let (mut code, mut previous) = (0, 1);
        self.symbols.iter().map_while(move |&symbol| {
            let length = lengths.next()?;
            code <<= length - previous;
            previous = length;
            code += 1;
            Some((symbol, code - 1, length))
        })
    }

    /// Whether the codes fit into their lengths.
    pub fn is_valid(&self) -> bool {
        let mut room = 1_i32;
        let fits = self.counts.iter().all(|&count| {
            room = room * 2 - i32::from(count);
            room >= 0
        });
        fits && self.symbols.len() == self.counts.iter().map(|&n| usize::from(n)).sum::<usize>()
    }
}

/// Builds the best table for symbols that occur `counts` times.
pub fn optimal_table(counts: &[u32; 256]) -> HuffmanSpec {
    let mut symbols: Vec<u8> = (0..=255).filter(|&s| counts[usize::from(s)] > 0).collect();
    symbols.sort_by_key(|&symbol| counts[usize::from(symbol)]);
    // The rarest symbol of all is reserved: it takes the code of all ones, which is not allowed.
    let weights = symbols
        .iter()
        .map(|&symbol| u64::from(counts[usize::from(symbol)]));
    let weights: Vec<u64> = std::iter::once(1).chain(weights).collect();
    let mut lengths = [0; 258];
    code_lengths(&weights)
        .iter()
        .for_each(|&length| lengths[length] += 1);
    limit_to_16(&mut lengths);
    let longest = lengths.iter().rposition(|&count| count > 0).unwrap_or(0);
    lengths[longest] -= 1; // the reserved one
    symbols.reverse();
    HuffmanSpec {
        counts: std::array::from_fn(|length| lengths[length + 1]),
        symbols,
    }
}

/// Code lengths of a Huffman code, for weights in ascending order: of leaves and merged nodes,
/// which come about in ascending order too, the two lightest are merged again and again.
fn code_lengths(weights: &[u64]) -> Vec<usize> {
    let leaves = weights.len();
    let mut weights = weights.to_vec();
    let mut parents = vec![0; 2 * leaves - 1];
    let (mut leaf, mut merged) = (0, leaves);
    for node in leaves..2 * leaves - 1 {
        let mut lightest = || {
            let take_leaf = leaf < leaves && (merged == node || weights[leaf] <= weights[merged]);
            let next = if take_leaf { &mut leaf } else { &mut merged };
            *next += 1;
            *next - 1
        };
        let (a, b) = (lightest(), lightest());
        (parents[a], parents[b]) = (node, node);
        weights.push(weights[a] + weights[b]);
    }
    let mut depths = vec![0; 2 * leaves - 1];
    for node in (0..2 * leaves - 2).rev() {
        depths[node] = depths[parents[node]] + 1;
    }
    depths.truncate(leaves);
    depths
}

/// Shortens codes of more than 16 bits at the cost of shorter ones (T.81 figure K.3).
fn limit_to_16(lengths: &mut [u8; 258]) {
    for length in (17..lengths.len()).rev() {
        while lengths[length] > 0 {
            let shorter = (1..length - 1).rev().find(|&shorter| lengths[shorter] > 0);
            let shorter = shorter.unwrap_or(1);
            lengths[length] -= 2;
            lengths[length - 1] += 1;
            lengths[shorter + 1] += 2;
            lengths[shorter] -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> HuffmanSpec {
        let mut counts = [0; 16];
        (counts[0], counts[1], counts[11]) = (1, 1, 2);
        HuffmanSpec {
            counts,
            symbols: vec![0x00, 0x12, 0x35, 0xf0],
        }
    }

    #[test]
    fn codes_are_canonical() {
        let codes: Vec<_> = spec().codes().collect();
        assert_eq!(
            codes,
            [
                (0, 0b0, 1),
                (0x12, 0b10, 2),
                (0x35, 0xc00, 12),
                (0xf0, 0xc01, 12)
            ]
        );
    }

    #[test]
    fn too_many_codes_for_their_length_are_invalid() {
        let mut crowded = spec();
        crowded.counts[0] = 3;
        crowded.symbols.extend([1, 2]);
        assert!(spec().is_valid() && !crowded.is_valid());
    }

    fn total_bits(counts: &[u32; 256], table: &HuffmanSpec) -> u64 {
        let bits =
            |(symbol, _, length): (u8, u32, u32)| u64::from(counts[usize::from(symbol)] * length);
        table.codes().map(bits).sum()
    }

    #[test]
    fn frequent_symbols_get_short_codes_and_none_is_all_ones() {
        let mut counts = [0; 256];
        for (symbol, count) in [(3, 50), (7, 20), (9, 20), (200, 1)] {
            counts[symbol] = count;
        }
        let table = optimal_table(&counts);
        assert_eq!(table.symbols, [3, 9, 7, 200]);
        assert_eq!(table.counts[..5], [1, 1, 1, 1, 0]);
        assert!(
            table
                .codes()
                .all(|(_, code, length)| code != (1 << length) - 1)
        );
        assert_eq!(total_bits(&counts, &table), 50 + 40 + 60 + 4);
    }

    #[test]
    fn a_single_symbol_has_a_code_and_no_symbol_an_empty_table() {
        let mut counts = [0; 256];
        assert!(optimal_table(&counts).symbols.is_empty());
        counts[0] = 9;
        let table = optimal_table(&counts);
        assert_eq!((table.symbols.as_slice(), table.counts[0]), (&[0][..], 1));
    }

    #[test]
    fn skewed_counts_stay_within_16_bits() {
        let mut counts = [0; 256];
        let (mut a, mut b) = (1, 1);
        for count in counts.iter_mut().step_by(6) {
            *count = a;
            (a, b) = (b, (a + b).min(1 << 24));
        }
        counts[255] = 1;
        let table = optimal_table(&counts);
        assert!(table.is_valid());
        assert_eq!(
            table.symbols.len(),
            counts.iter().filter(|&&count| count > 0).count()
        );
        assert!(
            table
                .codes()
                .all(|(_, code, length)| length <= 16 && code != (1 << length) - 1)
        );
    }
}
