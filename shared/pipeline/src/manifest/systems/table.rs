//! The systems that are known, each with the pages and files it is based on.

use halftone_codec::Format::{self, Gif, Jpeg, Png, WebP};

use super::import::{Import, Word};
use super::{FurtherRows, System};

/// A system of which nothing is known.
const UNKNOWN: System = System {
    name: "",
    recognised_by: &[],
    id: &[],
    product_name: &[],
    images: &[],
    else_images: &[],
    further_rows: FurtherRows::None,
    no_image: &[],
    image_base: None,
    image_base_like: None,
    import: Import {
        formats: &[],
        bounds: None,
        words: &[],
    },
};

/// What nearly all of them take.
const WITH_WEBP: &[Format] = &[Jpeg, Png, Gif, WebP];
/// What the others take.
const WITHOUT_WEBP: &[Format] = &[Jpeg, Png, Gif];

/// The systems that are known, the most particular headers first.
pub const SYSTEMS: &[System] = &[
    // The titles of both templates, and that further rows have a handle and no title:
    // https://help.shopify.com/en/manual/products/import-export/using-csv. Import:
    // https://help.akeneo.com/shopify-app-features/shopify-app-media-mapping (formats),
    // https://www.dresma.com/blog/shopify-product-image-requirements-that-you-should-know (bounds),
    // https://static0.shopify.com (compresses and converts what it shows).
    System {
        name: "Shopify",
        recognised_by: &[
            "handle|urlhandle",
            "imagesrc|productimageurl|variantimage|variantimageurl",
        ],
        id: &["handle", "urlhandle"],
        product_name: &["title"],
        images: &[
            "imagesrc",
            "productimageurl",
            "variantimage",
            "variantimageurl",
        ],
        further_rows: FurtherRows::SameId,
        import: Import {
            formats: WITH_WEBP,
            bounds: Some("20 MB and 25 megapixels"),
            words: &[Word::always(
                "Shopify compresses and converts what it shows by itself: smaller outputs make its \
                 import faster, not its pages.",
            )],
        },
        ..UNKNOWN
    },
    // Titles, and URLs joined by commas: https://woocommerce.com/document/product-csv-importer-exporter/,
    // plugins/woocommerce/sample-data/sample_products.csv in woocommerce/woocommerce. The exporter
    // translates its titles into the shop's language; those here are of exports in German, French, Spanish,
    // Italian, Portuguese and Dutch. Import: wc_rest_allowed_image_mime_types() in wc-rest-functions.php.
    System {
        name: "WooCommerce",
        recognised_by: &[
            "type|typ|tipo",
            "sku|artikelnummer|ugs|cod",
            "name|nom|nombre|nome|naam",
            "images|bilder|imágenes|imagenes|immagine|immagini|imagens|afbeeldingen",
        ],
        id: &["sku", "artikelnummer", "ugs", "cod", "id"],
        product_name: &["name", "nom", "nombre", "nome", "naam"],
        images: &[
            "images",
            "bilder",
            "imágenes",
            "imagenes",
            "immagine",
            "immagini",
            "imagens",
            "afbeeldingen",
        ],
        image_base_like: Some("https://shop.example/wp-content/uploads"),
        import: Import {
            formats: WITH_WEBP,
            ..UNKNOWN.import
        },
        ..UNKNOWN
    },
    // image_link, and up to ten additional_image_link joined by commas, formats:
    // https://support.google.com/merchants/answer/6324350, https://support.google.com/merchants/answer/6324370;
    // bounds: https://help.mergado.com/en/mergado-editor/advertising-channels-and-listings/google/google-element-reference/element-g-image-link/.
    // Meta has the same titles (https://productfeedspec.com/platforms/meta-catalog), and takes JPEG and PNG:
    // https://resources.businessonbot.com/frequently-asked-questions-faqs/why-are-there-a-lot-of-errors-in-my-catalog.
    System {
        name: "Google Merchant Center or Meta catalogue",
        recognised_by: &["id", "imagelink|image#url"],
        id: &["id"],
        product_name: &["title"],
        images: &[
            "imagelink",
            "additionalimagelink",
            "additionalimagelink#",
            "image#url",
        ],
        import: Import {
            formats: WITH_WEBP,
            bounds: Some("16 MB"),
            words: &[Word::always("Meta takes JPEG and PNG only.")],
        },
        ..UNKNOWN
    },
    // Titles, additional_images joined by commas, rows of a store view without a name, paths below
    // media/catalog/product: https://experienceleague.adobe.com/en/docs/commerce-admin/systems/data-transfer/data-attributes-product,
    // exports in public repositories (no_selection among them). Import: _allowedMimeTypes in
    // app/code/Magento/CatalogImportExport/Model/Import/Uploader.php of magento/magento2, and its open issue 35836.
    System {
        name: "Magento or Adobe Commerce",
        recognised_by: &[
            "sku",
            "baseimage|smallimage|thumbnailimage|additionalimages",
        ],
        id: &["sku"],
        product_name: &["name"],
        images: &[
            "baseimage",
            "smallimage",
            "thumbnailimage",
            "swatchimage",
            "additionalimages",
        ],
        further_rows: FurtherRows::SameId,
        no_image: &["no_selection"],
        image_base_like: Some("https://shop.example/media/catalog/product"),
        import: Import {
            formats: WITHOUT_WEBP,
            ..UNKNOWN.import
        },
        ..UNKNOWN
    },
    // The modern export: rows of products, variants, images and videos below each other, images without a
    // name: https://support.bigcommerce.com/articles/en_US/Knowledge/Supported-Product-Fields; what its
    // import wants, formats and bounds: https://support.bigcommerce.com/articles/en_US/Knowledge/Importing-Complex-Attributes,
    // https://docs.hypaapps.com/article/204-importing-images. The legacy one has files below product_images,
    // and URLs of them in some templates: https://support.bigcommerce.com/articles/en_US/Knowledge/Complex-Attributes.
    System {
        name: "BigCommerce",
        recognised_by: &[
            "productname|name",
            "productimageurl#|productimagefile#|imageurlimport|internalimageurlexport|imageurl#",
        ],
        id: &["productcodesku", "productsku", "sku", "productid", "id"],
        product_name: &["productname", "name"],
        images: &[
            "productimageurl#",
            "variantimageurl",
            "internalimageurlexport",
            "imageurlimport",
            "imageurl#",
        ],
        else_images: &["productimagefile#"],
        further_rows: FurtherRows::Nameless,
        image_base_like: Some("https://store-hash.mybigcommerce.com/product_images"),
        import: Import {
            formats: WITH_WEBP,
            bounds: Some("8 MB"),
            words: &[Word::of_column(
                "internalimageurlexport",
                "BigCommerce imports from the column \"Image URL (Import)\": copy the outputs under \
                 \"Internal Image URL (Export)\" there.",
            )],
        },
        ..UNKNOWN
    },
    // docs/csv_import/products_import.csv in PrestaShop/PrestaShop (semicolons, URLs joined by commas);
    // an older header: the user guide of 1.4, "Import". Import: MIME_TYPE_SUPPORTED in classes/ImageManager.php.
    System {
        name: "PrestaShop",
        recognised_by: &["imageurlsxyz|imageurls|imagesurl", "name|nameproduct"],
        id: &["productid", "id", "reference", "reference#"],
        product_name: &["name", "nameproduct"],
        images: &["imageurlsxyz", "imageurls", "imagesurl"],
        import: PRESTASHOP,
        ..UNKNOWN
    },
    // The back office's list of products: $headersData in the product list's export() of version 1.7, of which
    // the first title is never translated.
    System {
        name: "PrestaShop",
        recognised_by: &["productid", "image", "name", "reference"],
        id: &["productid"],
        product_name: &["name"],
        images: &["image"],
        import: PRESTASHOP,
        ..UNKNOWN
    },
    // The older catalogue: https://support.wix.com/en/article/wix-stores-importing-products-from-another-ecommerce-platform,
    // https://www.catalogd.io/blog/wix-bulk-upload-products (URLs, or ids of Wix' own media, joined by semicolons).
    // The newer one has a row for each medium: https://sheetimagedownloader.com/wix-stores-media-url-csv-import-prep.
    // Import: https://www.picovert.com/en/blog/image-size-for-wix.
    System {
        name: "Wix",
        recognised_by: &["handleid|handle", "fieldtype", "productimageurl|media"],
        id: &["handleid", "handle"],
        product_name: &["name"],
        images: &["productimageurl", "media"],
        further_rows: FurtherRows::SameId,
        image_base: Some("https://static.wixstatic.com/media"),
        import: Import {
            formats: WITH_WEBP,
            bounds: Some("25 MB"),
            ..UNKNOWN.import
        },
        ..UNKNOWN
    },
    // Rows of variants have neither an id nor a title, URLs are separated by spaces or line breaks:
    // https://support.squarespace.com/hc/en-us/articles/115000378108,
    // https://sheetimagedownloader.com/square-online-product-image-csv-import-preflight. Import:
    // https://support.squarespace.com/hc/en-us/articles/206542517.
    System {
        name: "Squarespace",
        recognised_by: &["title", "hostedimageurls"],
        id: &["sku", "productidnoneditable"],
        product_name: &["title"],
        images: &["hostedimageurls"],
        further_rows: FurtherRows::Nameless,
        import: Import {
            formats: WITHOUT_WEBP,
            bounds: Some("20 MB"),
            ..UNKNOWN.import
        },
        ..UNKNOWN
    },
    // Etsy's "Download your data", as in tests of public repositories; import:
    // https://hauld.app/blog/etsy-listing-photo-checklist.
    System {
        name: "Etsy",
        recognised_by: &["title", "image1", "price"],
        id: &["sku"],
        product_name: &["title"],
        images: &["image#"],
        import: Import {
            formats: WITHOUT_WEBP,
            bounds: Some("10 MB"),
            ..UNKNOWN.import
        },
        ..UNKNOWN
    },
    // Flat files: tab-separated text, a title row, a row of labels, a row of names that count. Templates of
    // today name attributes with their marketplace. Both in public repositories; import:
    // https://sellercentral.amazon.com/gp/help/external/G9FUUH87RBNXGKB7.
    System {
        name: "Amazon",
        recognised_by: &[
            "itemsku|sellersku|contributionsku*|sku",
            "mainimageurl|mainproductimagelocator*|mainofferimagelocator*",
        ],
        id: &["itemsku", "sellersku", "contributionsku*", "sku"],
        product_name: &["itemname", "itemname*", "productname", "title"],
        images: &[
            "mainimageurl",
            "otherimageurl#",
            "otherimageurl",
            "swatchimageurl",
            "ptimageurl#",
            "mainproductimagelocator*",
            "otherproductimagelocator*",
            "swatchproductimagelocator*",
            "mainofferimagelocator*",
            "otherofferimagelocator*",
        ],
        import: Import {
            formats: WITHOUT_WEBP,
            bounds: Some("10,000 pixels on the longest side"),
            words: &[Word::always("Amazon takes no animated GIF.")],
        },
        ..UNKNOWN
    },
];

const PRESTASHOP: Import = Import {
    formats: WITH_WEBP,
    bounds: None,
    words: &[Word::always(
        "PrestaShop before version 8 takes JPEG, PNG and GIF only.",
    )],
};
