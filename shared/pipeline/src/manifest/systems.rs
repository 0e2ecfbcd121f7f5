//! The exports of shop systems, as data: how each is recognised by its header, and which of its columns
//! are which.
//!
//! Titles are compared by their letters and digits only, in lower case; `#` at the end of one stands for
//! a number.

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
    /// Rows without a name take that of the row above with the same id.
    pub rows_share_a_name: bool,
}

/// The systems that are known, the most particular headers first.
pub const SYSTEMS: &[System] = &[
    // https://help.shopify.com/en/manual/products/import-export/using-csv
    System {
        name: "Shopify",
        recognised_by: &["handle|urlhandle", "imagesrc|productimageurl"],
        id: &["handle", "urlhandle"],
        product_name: &["title"],
        images: &[
            "imagesrc",
            "productimageurl",
            "variantimage",
            "variantimageurl",
        ],
        rows_share_a_name: true,
    },
    // https://woocommerce.com/document/product-csv-importer-exporter/
    System {
        name: "WooCommerce",
        recognised_by: &["type", "sku", "name", "images"],
        id: &["sku", "id"],
        product_name: &["name"],
        images: &["images"],
        rows_share_a_name: false,
    },
    // https://support.google.com/merchants/answer/7052112 (image_link, additional_image_link);
    // Meta takes the same: https://www.facebook.com/business/help/120325381656392
    System {
        name: "Google Merchant Center or Meta catalogue",
        recognised_by: &["id", "title", "imagelink"],
        id: &["id"],
        product_name: &["title"],
        images: &["imagelink", "additionalimagelink", "additionalimagelink#"],
        rows_share_a_name: false,
    },
    // https://experienceleague.adobe.com/en/docs/commerce-admin/systems/data-transfer/data-attributes-product
    System {
        name: "Magento or Adobe Commerce",
        recognised_by: &["sku", "baseimage"],
        id: &["sku"],
        product_name: &["name"],
        images: &[
            "baseimage",
            "smallimage",
            "thumbnailimage",
            "swatchimage",
            "additionalimages",
        ],
        rows_share_a_name: true,
    },
    // https://support.bigcommerce.com/s/article/Importing-and-Exporting-Images
    System {
        name: "BigCommerce",
        recognised_by: &[
            "productname|name",
            "productimageurl#|productimagefile#|imageurlimport|imageurl#",
        ],
        id: &["productcodesku", "productsku", "sku", "productid", "id"],
        product_name: &["productname", "name"],
        images: &[
            "productimageurl#",
            "productimagefile#",
            "imageurlimport",
            "imageurl#",
            "variantimageurl",
        ],
        rows_share_a_name: false,
    },
    // https://docs.prestashop-project.org/1-6-documentation/english-documentation/user-guide/understanding-the-preferences/csv-import
    System {
        name: "PrestaShop",
        recognised_by: &["imageurlsxyz|imageurls", "name|nameproduct"],
        id: &["productid", "id", "reference", "reference#"],
        product_name: &["name", "nameproduct"],
        images: &["imageurlsxyz", "imageurls"],
        rows_share_a_name: false,
    },
    // https://support.wix.com/en/article/wix-stores-creating-a-product-csv-file-for-import
    System {
        name: "Wix",
        recognised_by: &["handleid", "productimageurl"],
        id: &["handleid"],
        product_name: &["name"],
        images: &["productimageurl"],
        rows_share_a_name: true,
    },
    // https://support.squarespace.com/hc/en-us/articles/360001389907
    System {
        name: "Squarespace",
        recognised_by: &["title", "hostedimageurls"],
        id: &["sku", "productidnoneditable"],
        product_name: &["title"],
        images: &["hostedimageurls"],
        rows_share_a_name: false,
    },
    // https://help.etsy.com/hc/en-us/articles/360000343508 (Download your data)
    System {
        name: "Etsy",
        recognised_by: &["title", "image1", "price"],
        id: &["sku"],
        product_name: &["title"],
        images: &["image#"],
        rows_share_a_name: false,
    },
    // https://sellercentral.amazon.com/help/hub/reference/G1641 (inventory file templates)
    System {
        name: "Amazon",
        recognised_by: &["itemsku|sellersku|contributionsku", "mainimageurl"],
        id: &["itemsku", "sellersku", "contributionsku"],
        product_name: &["itemname", "title"],
        images: &[
            "mainimageurl",
            "otherimageurl#",
            "swatchimageurl",
            "ptimageurl#",
        ],
        rows_share_a_name: false,
    },
];

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
    match pattern.strip_suffix('#') {
        None => letters == pattern,
        Some(start) => {
            let number = letters.strip_prefix(start);
            number.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
        }
    }
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(header: &str) -> Option<&'static str> {
        let sign = if header.contains(';') { ';' } else { ',' };
        let titles: Vec<_> = header.split(sign).map(letters).collect();
        System::of_header(&titles).map(|system| system.name)
    }

    #[test]
    fn headers_are_recognised() {
        for (header, name) in [
            (
                "Handle,Title,Body (HTML),Vendor,Image Src,Image Position",
                "Shopify",
            ),
            (
                "Title,URL handle,Description,Product image URL,Image position",
                "Shopify",
            ),
            ("ID,Type,SKU,Name,Published,Images", "WooCommerce"),
            (
                "id,title,description,link,image_link,additional_image_link",
                "Google Merchant Center or Meta catalogue",
            ),
            (
                "sku,store_view_code,name,base_image,additional_images",
                "Magento or Adobe Commerce",
            ),
            (
                "Product ID,Product Name,Product Image URL - 1,Product Image URL - 2",
                "BigCommerce",
            ),
            (
                "Product ID;Active (0/1);Name *;Image URLs (x,y,z...)",
                "PrestaShop",
            ),
            ("handleId,fieldType,name,description,productImageUrl", "Wix"),
            (
                "Product ID [Non Editable],Title,SKU,Hosted Image URLs",
                "Squarespace",
            ),
            ("TITLE,DESCRIPTION,PRICE,QUANTITY,IMAGE1,IMAGE2,SKU", "Etsy"),
            (
                "feed_product_type,item_sku,item_name,main_image_url,other_image_url1",
                "Amazon",
            ),
        ] {
            assert_eq!(system(header), Some(name), "{header}");
        }
        assert_eq!(system("S. No.,Product Name,Input Image Urls"), None);
        assert_eq!(system("a,b,c"), None);
    }

    #[test]
    fn a_pattern_with_a_number_wants_one() {
        assert!(matches("image#", "image10"));
        assert!(!matches("image#", "image"));
        assert!(!matches("image#", "imageposition"));
    }
}
