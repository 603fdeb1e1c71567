#include "core/pipeline/assignment.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>

namespace masklens {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

// Which rows and columns hang together (disjoint sets).
class Groups {
 public:
  explicit Groups(int size) : parent_(static_cast<std::size_t>(size)) {
    std::iota(parent_.begin(), parent_.end(), 0);
  }
  int of(int node) {
    int& parent = parent_[static_cast<std::size_t>(node)];
    while (parent != parent_[static_cast<std::size_t>(parent)]) {
      parent = parent_[static_cast<std::size_t>(parent)];
    }
    return parent;
  }
  void join(int a, int b) { parent_[static_cast<std::size_t>(of(a))] = of(b); }

 private:
  std::vector<int> parent_;
};

// Costs of a group, with one further column for each row: staying alone. Every row gets a column.
class DenseAssignment {
 public:
  DenseAssignment(std::size_t rows, std::size_t columns, double alone)
      : rows_(rows), columns_(columns + rows), cost_(rows_ * columns_, kNever) {
    for (std::size_t row = 0; row < rows; ++row) at(row, columns + row) = alone;
  }

  double& at(std::size_t row, std::size_t column) { return cost_[row * columns_ + column]; }

  // The column of each row.
  std::vector<std::size_t> solve() {
    row_of_.assign(columns_, rows_);
    row_price_.assign(rows_, 0);
    column_price_.assign(columns_, 0);
    for (std::size_t row = 0; row < rows_; ++row) place(row);
    std::vector<std::size_t> answer(rows_);
    for (std::size_t column = 0; column < columns_; ++column) {
      if (row_of_[column] < rows_) answer[row_of_[column]] = column;
    }
    return answer;
  }

 private:
  // Dijkstra from the row to the nearest free column, over costs that the prices keep from being
  // negative; the rows on the way each move one column on.
  void place(std::size_t start) {
    std::vector<double> distance(columns_, kNever);
    std::vector<std::size_t> from(columns_, rows_);
    std::vector<bool> settled(columns_, false);
    std::size_t row = start;
    std::size_t nearest = columns_;
    double reached = 0;
    for (;;) {
      std::size_t next = columns_;
      for (std::size_t column = 0; column < columns_; ++column) {
        if (settled[column]) continue;
        const double way = reached + at(row, column) - row_price_[row] - column_price_[column];
        if (way < distance[column]) {
          distance[column] = way;
          from[column] = row;
        }
        if (next == columns_ || distance[column] < distance[next]) next = column;
      }
      reached = distance[next];
      settled[next] = true;
      nearest = next;
      if (row_of_[next] == rows_) break;
      row = row_of_[next];
    }
    for (std::size_t column = 0; column < columns_; ++column) {
      if (!settled[column] || column == nearest) continue;
      column_price_[column] -= reached - distance[column];
      row_price_[row_of_[column]] += reached - distance[column];
    }
    row_price_[start] += reached;
    for (std::size_t column = nearest;;) {
      const std::size_t giver = from[column];
      const auto held = std::find(row_of_.begin(), row_of_.end(), giver);
      row_of_[column] = giver;
      if (giver == start) break;
      column = static_cast<std::size_t>(held - row_of_.begin());
    }
  }

  std::size_t rows_;
  std::size_t columns_;
  std::vector<double> cost_;
  std::vector<std::size_t> row_of_;  // of a column; rows_ when it is free
  std::vector<double> row_price_;
  std::vector<double> column_price_;
};

// Places of the group's members in its own matrix, in ascending order.
std::size_t place_in(const std::vector<int>& members, int member) {
  return static_cast<std::size_t>(std::lower_bound(members.begin(), members.end(), member) -
                                  members.begin());
}

void sort_unique(std::vector<int>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

void solve_group(std::span<const Pairing> pairs, double unpaired, std::vector<int>& answer) {
  std::vector<int> rows;
  std::vector<int> columns;
  for (const Pairing& pair : pairs) {
    rows.push_back(pair.row);
    columns.push_back(pair.column);
  }
  sort_unique(rows);
  sort_unique(columns);
  DenseAssignment matrix(rows.size(), columns.size(), unpaired);
  for (const Pairing& pair : pairs) {
    matrix.at(place_in(rows, pair.row), place_in(columns, pair.column)) = pair.cost;
  }
  const std::vector<std::size_t> chosen = matrix.solve();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (chosen[i] < columns.size()) answer[static_cast<std::size_t>(rows[i])] = columns[chosen[i]];
  }
}

}  // namespace

std::vector<int> assign(int rows, int columns, std::span<const Pairing> pairs, double unpaired) {
  std::vector<int> answer(static_cast<std::size_t>(std::max(rows, 0)), -1);
  Groups groups(std::max(rows, 0) + std::max(columns, 0));
  std::vector<Pairing> sorted;
  for (const Pairing& pair : pairs) {
    if (!(pair.cost < unpaired)) continue;
    groups.join(pair.row, rows + pair.column);
    sorted.push_back(pair);
  }
  std::stable_sort(sorted.begin(), sorted.end(), [&](const Pairing& a, const Pairing& b) {
    return groups.of(a.row) < groups.of(b.row);
  });
  for (std::size_t begin = 0; begin < sorted.size();) {
    std::size_t end = begin;
    while (end < sorted.size() && groups.of(sorted[end].row) == groups.of(sorted[begin].row)) ++end;
    solve_group(std::span(sorted).subspan(begin, end - begin), unpaired, answer);
    begin = end;
  }
  return answer;
}

}  // namespace masklens
