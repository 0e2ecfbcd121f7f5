// What each error of an image means, and what its owner can do.

const ADVICE = {
  invalid_url: ["Addresses that are none", "Correct these URLs in the CSV and upload it again."],
  blocked_address: [
    "Addresses that are not public",
    "Images are fetched from the public internet only. Put them where everybody can reach them, or have the operator allow the network (AllowedNetworks).",
  ],
  dns_failed: [
    "Hosts that are not found",
    "Look for a typing error in the host's name. If the shop has moved, export the CSV anew.",
  ],
  connect_failed: [
    "Hosts that do not answer",
    "Open one of the images in a browser. If it shows there, the host may be blocking servers: ask whoever runs it.",
  ],
  tls_failed: [
    "Certificates that do not hold",
    "The host's certificate or encryption is out of order; the message says how. Whoever runs the host can mend it.",
  ],
  timeout: [
    "Hosts that are too slow",
    "It was tried several times over minutes. Try again when the host is less busy.",
  ],
  http_status: [
    "Images that the host refuses",
    "404: the image is gone, so export the CSV anew. 401 or 403: the host wants to see a login or blocks servers; the operator can give it a header (OriginHeadersSecret).",
  ],
  too_many_redirects: [
    "Addresses that lead on and on",
    "Open one in a browser and put the address where it ends into the CSV.",
  ],
  blocked_port: [
    "Ports that may not be used",
    "The message says which may; serve these images at one of them, or have the operator allow the port (AllowedPorts).",
  ],
  too_large: [
    "Files that are too large",
    "The message says which bound; make these images smaller or have the operator raise it (MaxImageBytes).",
  ],
  not_an_image: [
    "Pages in the place of pictures",
    "The host sent a text, often a login or an error page. Open the URL in a private window to see what strangers get.",
  ],
  unsupported_format: [
    "Formats that are not taken",
    "The message says which, and what helps. Export these as JPEG, PNG, WebP, GIF or TIFF.",
  ],
  unsupported_encoding: [
    "Files packed in an unusual way",
    "The host compresses its pictures once more; ask whoever runs it to turn that off for images.",
  ],
  too_many_pixels: [
    "Pictures of too many pixels",
    "Scale these down, or have the operator raise the bound that the message names.",
  ],
  decode_failed: [
    "Damaged files",
    "The file is broken or was cut short. Open and save it anew, or upload it to the shop again.",
  ],
  internal: [
    "Faults of Halftone",
    "These are ours, not yours. Tell the operator, whose log says more.",
  ],
  deadline_exceeded: [
    "Images that ran out of time",
    "They were not done by the request's deadline. Upload them once more, or have the operator raise RequestDeadlineHours.",
  ],
};

/** A heading for failures of a kind, and what to do about them. */
export function advice(code) {
  const [title, todo] = ADVICE[code] ?? [code, "The message of each image says what to do."];
  return { title, todo };
}
