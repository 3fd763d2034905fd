//! The documentation's links: each relative one leads to a file of the checkout, and to a heading that is there.
//!
//! | written | checked |
//! |---|---|
//! | `docs/people.md`, `../spin.toml` | the file or folder, from the page's own |
//! | `#tokens`, `accounts.md#tokens` | the heading, by the names that GitHub gives headings |
//! | `https://…` | not |

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::workspace::Workspace;

/// Folders of what others wrote, or no commit keeps.
const NOT_OURS: [&str; 2] = ["target", "node_modules"];

/// Fails with every link that leads nowhere.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let mut pages = Vec::new();
    collect(workspace.root(), &mut pages)?;
    pages.sort();
    let mut broken = Vec::new();
    for page in &pages {
        let text = read(page)?;
        for (line, link) in links(&text) {
            if let Some(fault) = fault(page, &link)? {
                broken.push(format!("{}:{line}: {link}: {fault}", workspace.shown(page)));
            }
        }
    }
    if !broken.is_empty() {
        bail!("links of the documentation lead nowhere:\n{}", broken.join("\n"));
    }
    Ok(())
}

fn collect(folder: &Path, pages: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if entry.file_type()?.is_dir() {
            if !name.starts_with('.') && !NOT_OURS.contains(&name.as_ref()) {
                collect(&path, pages)?;
            }
        } else if is_page(&path) {
            pages.push(path);
        }
    }
    Ok(())
}

fn is_page(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "md")
}

fn read(page: &Path) -> Result<String> {
    fs::read_to_string(page).with_context(|| page.display().to_string())
}

/// What is wrong with a link on a page, if anything is.
fn fault(page: &Path, link: &str) -> Result<Option<String>> {
    if link.contains("://") || link.starts_with("mailto:") {
        return Ok(None);
    }
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let target = match path {
        "" => page.to_owned(),
        path => page.parent().context("a page is in a folder")?.join(path),
    };
    if !target.exists() {
        return Ok(Some("no such file".to_owned()));
    }
    let Some(anchor) = anchor else { return Ok(None) };
    if !is_page(&target) {
        return Ok(Some("only Markdown has headings".to_owned()));
    }
    let anchors = anchors(&read(&target)?);
    Ok((!anchors.contains(anchor)).then(|| format!("no such heading; there are {anchors:?}")))
}

fn parser(text: &str) -> Parser<'_> {
    Parser::new_ext(text, Options::ENABLE_TABLES)
}

/// The links and images of a page, each with its line.
fn links(text: &str) -> Vec<(usize, String)> {
    parser(text)
        .into_offset_iter()
        .filter_map(|(event, range)| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                Some((text[..range.start].matches('\n').count() + 1, dest_url.into_string()))
            }
            _ => None,
        })
        .collect()
}

/// The names of a page's headings: lower case, without punctuation, spaces as hyphens, numbered where they repeat.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut heading: Option<String> = None;
    for event in parser(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(part) | Event::Code(part) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&part);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let name = slug(&heading.take().unwrap_or_default());
                let free = (1..).map(|number| format!("{name}-{number}"));
                names.extend(std::iter::once(name.clone()).chain(free).find(|name| !names.contains(name)));
            }
            _ => {}
        }
    }
    names
}

fn slug(heading: &str) -> String {
    let kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
    heading
        .to_lowercase()
        .chars()
        .filter(kept)
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
# Serve `/custom`, and more\n\n[a](b.md)\n\n## Tokens\n\n## Tokens\n\n| t |\n|---|\n| [c](#tokens-1) |\n\n\
```sh\n# [no](heading.md)\n```\n";

    #[test]
    fn headings_are_named_as_github_does() {
        let names = ["serve-custom-and-more", "tokens", "tokens-1"];
        assert_eq!(anchors(PAGE), names.map(str::to_owned).into());
    }

    #[test]
    fn links_are_found_in_text_and_tables_and_not_in_code() {
        assert_eq!(links(PAGE), [(3, "b.md".to_owned()), (11, "#tokens-1".to_owned())]);
    }

    #[test]
    fn a_link_needs_its_file_and_its_heading() {
        let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
        let fault = |link| fault(&readme, link).unwrap();
        for good in ["#serve", "docs", "docs/accounts.md#tokens", "https://example.com/none"] {
            assert_eq!(fault(good), None, "{good}");
        }
        for bad in ["#none", "docs/none.md", "docs/accounts.md#none", "spin.toml#serve"] {
            assert!(fault(bad).is_some(), "{bad}");
        }
    }
}
