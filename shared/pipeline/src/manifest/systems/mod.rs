//! The exports of shop systems, as data: how each is recognised by its header, and which of its columns
//! are which.
//!
//! Titles are compared by their letters and digits only, in lower case. In a pattern `#` stands for a
//! number and `*` for anything.

mod import;
mod table;

use serde::{Deserialize, Serialize};

pub use import::Import;
pub use table::SYSTEMS;

/// One system's export.
#[derive(Debug, PartialEq, Eq)]
pub struct System {
    /// Its name, as people know it.
    pub name: &'static str,
    /// Recognised by all of these titles; of those joined by `|`, one.
    pub recognised_by: &'static [&'static str],
    /// Where a product's id is, the best first.
    pub id: &'static [&'static str],
    /// Where its name is, the best first.
    pub product_name: &'static [&'static str],
    /// Where image URLs are; all of them are read.
    pub images: &'static [&'static str],
    /// Where images are if none of `images` is there.
    pub else_images: &'static [&'static str],
    /// Which rows go on with the product above.
    pub further_rows: FurtherRows,
    /// What stands for no image.
    pub no_image: &'static [&'static str],
    /// Where relative paths begin, of a system that has one place for all shops.
    pub image_base: Option<&'static str>,
    /// Where they begin as a rule, of one whose shops have a place each.
    pub image_base_like: Option<&'static str>,
    /// What it takes back.
    pub import: Import,
}

/// Which rows without a name go on with the product of the row above.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FurtherRows {
    /// None: every row is a product.
    #[default]
    None,
    /// Those with the same id.
    SameId,
    /// All of them; one without an id has that of the row above.
    Nameless,
}

/// A title's letters and digits, in lower case.
#[must_use]
pub fn letters(title: &str) -> String {
    title
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether the letters of a title are those of a pattern.
#[must_use]
pub fn matches(pattern: &str, letters: &str) -> bool {
    let Some(at) = pattern.find(['#', '*']) else {
        return pattern == letters;
    };
    let Some(rest) = letters.strip_prefix(&pattern[..at]) else {
        return false;
    };
    let (sign, pattern) = pattern[at..].split_at(1);
    if sign == "#" {
        let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        return after.len() < rest.len() && matches(pattern, after);
    }
    let mut ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    ends.any(|at| matches(pattern, &rest[at..]))
}

impl System {
    /// The system whose export has this header, given by the letters of its titles.
    #[must_use]
    pub fn of_header(titles: &[String]) -> Option<&'static Self> {
        let there = |alternatives: &&str| {
            let one = |pattern| titles.iter().any(|title| matches(pattern, title));
            alternatives.split('|').any(one)
        };
        SYSTEMS
            .iter()
            .find(|system| system.recognised_by.iter().all(there))
    }

    /// The system of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        SYSTEMS.iter().find(|system| system.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(header: &str) -> Option<&'static str> {
        let sign = ['\t', ';', ','].into_iter().find(|c| header.contains(*c));
        let titles: Vec<_> = header.split(sign.unwrap()).map(letters).collect();
        System::of_header(&titles).map(|system| system.name)
    }

    #[test]
    fn headers_are_recognised() {
        for (name, headers) in [
            (
                "Shopify",
                &[
                    "Handle,Title,Body (HTML),Vendor,Image Src,Image Position,Image Alt Text",
                    "Title,URL handle,Description,Product image URL,Image position,Variant image URL",
                ][..],
            ),
            (
                "WooCommerce",
                &[
                    "ID,Type,SKU,GTIN, UPC, EAN, or ISBN,Name,Published,Images",
                    "ID,Typ,Artikelnummer,Name,Veröffentlicht,Versandklasse,Bilder",
                    "Type,UGS,Nom,Publié,Mis en avant ?,Images",
                    "ID,Tipo,SKU,Nombre,Publicado,Clase de envío,Imágenes",
                    "ID,Tipo,COD,Nome,Pubblicato,Classe di spedizione,Immagine",
                    "ID,Tipo,SKU,Nome,Publicado,Categorias,Imagens",
                    "ID,Type,Artikelnummer,Naam,Gepubliceerd,Verzendklasse,Afbeeldingen",
                ],
            ),
            (
                "Google Merchant Center or Meta catalogue",
                &[
                    "id\ttitle\tdescription\tlink\timage_link\tadditional_image_link",
                    "id\timage link\tadditional image link",
                    "id,title,availability,price,link,image_link,image[0].url,image[0].tag[0]",
                ],
            ),
            (
                "Magento or Adobe Commerce",
                &[
                    "sku,store_view_code,name,base_image,small_image,additional_images",
                    "sku,additional_images,additional_image_labels",
                ],
            ),
            (
                "BigCommerce",
                &[
                    "Item Type,Product ID,Product Name,Product Image ID - 1,Product Image File - 1",
                    "Item,ID,Name,Type,SKU,Options,Internal Image URL (Export),Image URL (Import)",
                ],
            ),
            (
                "PrestaShop",
                &[
                    "Product ID;Active (0/1);Name *;Image URLs (x,y,z...)",
                    "\"Enabled\";\"Name\";\"Reference\";\"Images URL\"",
                    "Product ID;Image;Name;Reference;Category;Price (tax excl.);Quantity",
                ],
            ),
            (
                "Wix",
                &[
                    "handleId,fieldType,name,description,productImageUrl,collection",
                    "handle,fieldType,name,visible,plainDescription,media,mediaAltText",
                ],
            ),
            (
                "Squarespace",
                &["Product ID [Non Editable],Title,SKU,Visible,Hosted Image URLs"],
            ),
            (
                "Etsy",
                &["TITLE,DESCRIPTION,PRICE,CURRENCY_CODE,QUANTITY,IMAGE1,IMAGE2,SKU"],
            ),
            (
                "Amazon",
                &[
                    "feed_product_type\titem_sku\titem_name\tmain_image_url\tother_image_url1",
                    "contribution_sku#1.value\titem_name[marketplace_id=A1PA]#1.value\t\
                     main_product_image_locator[marketplace_id=A1PA]#1.media_location",
                ],
            ),
        ] {
            for header in headers {
                assert_eq!(system(header), Some(name), "{header}");
            }
        }
        assert_eq!(system("S. No.,Product Name,Input Image Urls"), None);
        assert_eq!(system("a,b,c"), None);
    }

    #[test]
    fn a_pattern_with_a_number_wants_one() {
        assert!(matches("image#", "image10"));
        assert!(!matches("image#", "image"));
        assert!(!matches("image#", "imageposition"));
        assert!(matches("image#url", "image0url"));
        assert!(!matches("image#url", "image0tag0"));
    }

    #[test]
    fn a_star_is_anything() {
        assert!(matches("main*location", "mainimagelocation"));
        assert!(matches("sku*", "sku") && matches("sku*", "sku1value"));
        assert!(!matches("main*location", "mainimagelocation2"));
    }

    #[test]
    fn every_system_has_all_that_is_read_of_it() {
        for system in SYSTEMS {
            let named = System::named(system.name).unwrap();
            assert_eq!(named.import, system.import, "{}", system.name);
            assert!(!system.id.is_empty() && !system.images.is_empty());
            assert!(!system.import.formats.is_empty());
        }
    }
}
