//! Tables in Markdown, aligned, so that they can be read as they are.

/// Cells of one row.
pub fn cells(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

/// A table with names to the left, figures to the right. The first row is the header.
pub fn aligned(table: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = table.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..table[0].len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate();
        let cell = |(column, (cell, &width)): (usize, (&String, &usize))| match column {
            0 => format!("| {cell:<width$} "),
            _ => format!("| {cell:>width$} "),
        };
        cells.map(cell).collect::<String>() + "|\n"
    };
    let rule = |(column, &width): (usize, &usize)| match column {
        0 => format!("|{}", "-".repeat(width + 2)),
        _ => format!("|{}:", "-".repeat(width + 1)),
    };
    let rule = widths.iter().enumerate().map(rule).collect::<String>() + "|\n";
    let mut lines = table.iter().map(line);
    lines.next().unwrap_or_default() + &rule + &lines.collect::<String>()
}
