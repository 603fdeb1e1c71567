#include "core/pipeline/assignment.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
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
  int size() const { return static_cast<int>(parent_.size()); }
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
    std::vector<std::uint8_t> settled(columns_, 0);
    std::size_t row = start;
    std::size_t next = columns_;
    double reached = 0;
    for (;; next = columns_) {
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
      settled[next] = 1;
      if (row_of_[next] == rows_) break;
      row = row_of_[next];
    }
    for (std::size_t column = 0; column < columns_; ++column) {
      if (!settled[column] || column == next) continue;
      column_price_[column] -= reached - distance[column];
      row_price_[row_of_[column]] += reached - distance[column];
    }
    row_price_[start] += reached;
    for (std::size_t column = next;;) {
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

// Numbers of the group's members in its own matrix, in the order in which they come.
class Members {
 public:
  std::size_t number(int member) {
    for (std::size_t i = 0; i < list_.size(); ++i) {
      if (list_[i] == member) return i;
    }
    list_.push_back(member);
    return list_.size() - 1;
  }
  const std::vector<int>& list() const { return list_; }

 private:
  std::vector<int> list_;
};

void solve_group(std::span<const Pairing> pairs, double unpaired, std::vector<int>& answer) {
  Members rows;
  Members columns;
  for (const Pairing& pair : pairs) {
    rows.number(pair.row);
    columns.number(pair.column);
  }
  DenseAssignment matrix(rows.list().size(), columns.list().size(), unpaired);
  for (const Pairing& pair : pairs) {
    matrix.at(rows.number(pair.row), columns.number(pair.column)) = pair.cost;
  }
  const std::vector<std::size_t> chosen = matrix.solve();
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (chosen[i] >= columns.list().size()) continue;
    answer[static_cast<std::size_t>(rows.list()[i])] = columns.list()[chosen[i]];
  }
}

}  // namespace

std::vector<int> assign(int rows, int columns, std::span<const Pairing> pairs, double unpaired) {
  std::vector<int> answer(static_cast<std::size_t>(std::max(rows, 0)), -1);
  Groups groups(std::max(rows, 0) + std::max(columns, 0));
  for (const Pairing& pair : pairs) {
    if (pair.cost < unpaired) groups.join(pair.row, rows + pair.column);
  }
  // By the node that stands for the group.
  std::vector<std::vector<Pairing>> members(static_cast<std::size_t>(groups.size()));
  for (const Pairing& pair : pairs) {
    if (pair.cost < unpaired)
      members[static_cast<std::size_t>(groups.of(pair.row))].push_back(pair);
  }
  for (const std::vector<Pairing>& group : members) {
    if (!group.empty()) solve_group(group, unpaired, answer);
  }
  return answer;
}

}  // namespace masklens
