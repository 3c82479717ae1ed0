#include "postgres/copy_rows.hpp"

#include "core/text.hpp"

#include <pqxx/pqxx>
#if PQXX_VERSION_MAJOR < 7
#include <pqxx/tablewriter>
#endif

#include <cstdint>

namespace millrace::postgres {

#if PQXX_VERSION_MAJOR < 7

// libpqxx 6.4 has one public way to hand over finished lines, and takes many as one: so a cell is escaped where it is
// added, and copied no more. Pieces, as one text of megabytes would be mapped and cleared anew for each batch.
struct copy_rows::held {
  std::vector<std::string> pieces; // lines of COPY's text format; the last line of a piece without its end
};

namespace {

constexpr std::size_t piece_bytes = 64 * 1024;

void append_escaped(std::string& out, std::string_view cell) {
  std::size_t plain = 0;
  for (auto i = find_special(cell, 0, '\\', '\\'); i < cell.size(); i = find_special(cell, i + 1, '\\', '\\')) {
    const char* escaped = nullptr;
    switch (cell[i]) {
    case '\\': escaped = "\\\\"; break;
    case '\t': escaped = "\\t"; break;
    case '\n': escaped = "\\n"; break;
    case '\r': escaped = "\\r"; break;
    default: continue;
    }
    out.append(cell.substr(plain, i - plain)).append(escaped);
    plain = i + 1;
  }
  out.append(cell.substr(plain));
}

// The piece that the next cell goes to, with what stands before it.
std::string& place_of_cell(std::vector<std::string>& pieces, std::size_t column) {
  if (column > 0) {
    pieces.back() += '\t';
  } else if (pieces.empty() || pieces.back().size() > piece_bytes) {
    pieces.emplace_back().reserve(piece_bytes + piece_bytes / 8);
  } else {
    pieces.back() += '\n';
  }
  return pieces.back();
}

} // namespace

void copy_rows::add(std::string_view cell) { append_escaped(place_of_cell(held_->pieces, cells_++ % columns_), cell); }
void copy_rows::add_null() { place_of_cell(held_->pieces, cells_++ % columns_) += "\\N"; }

void copy_rows::send(pqxx::transaction_base& t, const std::string& table, const std::vector<std::string>& quoted) const {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  pqxx::tablewriter writer(t, table, quoted.begin(), quoted.end());
#pragma GCC diagnostic pop
  for (const auto& piece : held_->pieces)
    writer.write_raw_line(piece); // adds the last line's end
  writer.complete();
}

#else

struct copy_rows::held {
  std::string bytes;
  std::vector<std::int64_t> sizes; // -1: null
};

void copy_rows::add(std::string_view cell) {
  ++cells_;
  held_->bytes += cell;
  held_->sizes.push_back(static_cast<std::int64_t>(cell.size()));
}

void copy_rows::add_null() {
  ++cells_;
  held_->sizes.push_back(-1);
}

void copy_rows::send(pqxx::transaction_base& t, const std::string& table, const std::vector<std::string>& quoted) const {
  std::string names;
  for (const auto& c : quoted)
    names += (names.empty() ? "" : ",") + c;
  auto writer = pqxx::stream_to::raw_table(t, table, names);
  std::string_view bytes = held_->bytes;
  std::vector<std::optional<std::string_view>> cells(columns_);
  for (std::size_t i = 0; i < held_->sizes.size(); ++i) {
    auto& cell = cells[i % columns_];
    if (held_->sizes[i] < 0) {
      cell = std::nullopt;
    } else {
      cell = bytes.substr(0, static_cast<std::size_t>(held_->sizes[i]));
      bytes.remove_prefix(cell->size());
    }
    if (i % columns_ == columns_ - 1)
      writer.write_row(cells);
  }
  writer.complete();
}

#endif

copy_rows::copy_rows(std::size_t columns) : columns_(columns), held_(std::make_unique<held>()) {}
copy_rows::~copy_rows() = default;
copy_rows::copy_rows(copy_rows&&) noexcept = default;

} // namespace millrace::postgres
