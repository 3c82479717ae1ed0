// Texts that are searched for words, in Arabic, French, English or anything else: two writings that a reader takes for
// the same word fold to the same bytes. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace millrace {

// Unicode's NFKC_Casefold (NFKC and full case folding, without what nobody sees: zero-width and direction marks), then
// Arabic diacritics and tatweel off, alef forms to alef, ta marbuta to ha, alef maqsura to ya, and white space trimmed
// and its runs to one space. Accents of Latin letters stay. Broken UTF-8 becomes U+FFFD. Folding twice changes nothing.
// For texts under 700 MB, as ICU counts in 32 bits.
std::string fold_text(std::string_view text);
// The same, appended to `out`. True where every character was folded by itself, as in nearly all texts: then each piece of the text
// without white space, of which that is true too, stands folded in what was appended.
bool fold_text_to(std::string_view text, std::string& out);

} // namespace millrace
