// SPDX-License-Identifier: MIT
#include "model/matrices.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "base/tree.h"
#include "wheel/hoc.h"
#include "wheel/layouts.h"

// As far as they are used here. Their methods are in no header of the wheel.
class OcFullMatrix
{
  public:
    int nrow() const;
    int ncol() const;
    double &coeff(int, int); // they lie row by row
    void resize(int, int);
};
class OcSparseMatrix
{
  public:
    int nrow() const;
    int ncol() const;
    double &coeff(int, int); // makes it, if it is not there
    int sprowlen(int) const;
    double spgetrowval(int, int, int *) const;
};

namespace torpor_neuron
{

namespace
{

OcFullMatrix &
full(void *matrix)
{
    return *static_cast<OcFullMatrix *>(matrix);
}

OcSparseMatrix &
sparse(void *matrix)
{
    return *static_cast<OcSparseMatrix *>(matrix);
}

bool
is_sparse(const void *matrix)
{
    return class_of(matrix) == "OcSparseMatrix";
}

// Row and column of each element of a sparse one, and its value.
template <class Visit>
void
for_each_element(const OcSparseMatrix &matrix, Visit &&visit)
{
    for (int row = 0; row < matrix.nrow(); ++row)
        for (int i = 0, n = matrix.sprowlen(row); i < n; ++i) {
            int column = 0;
            const double value = matrix.spgetrowval(row, i, &column);
            visit(row, column, value);
        }
}

// Values go from NEURON's memory to the file at once: there may be many.
void
write_full(const torpor_tree_writer &writer, const std::string &name, OcFullMatrix &matrix)
{
    torpor_array array{};
    array.dtype = TORPOR_DTYPE_FLOAT64;
    array.rank = 2;
    array.shape[0] = static_cast<std::uint64_t>(matrix.nrow());
    array.shape[1] = static_cast<std::uint64_t>(matrix.ncol());
    writer.put_late(
        writer.data, name.c_str(), &array,
        [](void *from, void *values, torpor_error *) {
            OcFullMatrix &saved = full(from);
            const auto n =
                static_cast<std::size_t>(saved.nrow()) * static_cast<std::size_t>(saved.ncol());
            if (n > 0)
                std::copy_n(&saved.coeff(0, 0), n, static_cast<double *>(values));
            return TORPOR_STATUS_OK;
        },
        &matrix);
}

void
write_sparse(const torpor_tree_writer &writer, const std::string &name,
             const OcSparseMatrix &matrix)
{
    std::vector<std::int32_t> rows, columns;
    std::vector<double> values;
    for_each_element(matrix, [&](int row, int column, double value) {
        rows.push_back(row);
        columns.push_back(column);
        values.push_back(value);
    });
    writer.begin_map(writer.data, name.c_str());
    writer.put_uint(writer.data, "rows", static_cast<std::uint64_t>(matrix.nrow()));
    writer.put_uint(writer.data, "columns", static_cast<std::uint64_t>(matrix.ncol()));
    torpor_cpp::put(writer, "row", rows);
    torpor_cpp::put(writer, "column", columns);
    torpor_cpp::put(writer, "value", values);
    writer.end_map(writer.data);
}

[[noreturn]] void
mismatch(const std::string &what)
{
    throw Error(TORPOR_STATUS_MISMATCH, "matrices: " + what);
}

} // namespace

void
Matrices::write(const torpor_tree_writer &writer) const
{
    for_each_object("Matrix", [&](const Object *object) {
        void *matrix = object->u.this_pointer;
        if (is_sparse(matrix))
            write_sparse(writer, name_of(object), sparse(matrix));
        else
            write_full(writer, name_of(object), full(matrix));
    });
}

Matrices::Restored
Matrices::read_full(const torpor_tree_reader &reader, const std::string &name, void *matrix)
{
    const std::string path = escaped(name);
    torpor_array saved{};
    run(reader.describe, reader.data, path.c_str(), &saved);
    constexpr auto MOST = static_cast<std::uint64_t>(std::numeric_limits<int>::max());
    if (saved.rank != 2 || saved.shape[0] > MOST || saved.shape[1] > MOST)
        mismatch(name + " in the file is no matrix");
    Restored one{matrix, false, saved.shape[0], saved.shape[1], {}, {}, {}};
    one.values.resize(one.n_rows * one.n_columns);
    torpor_array array = torpor_cpp::array_of(one.values);
    array.rank = 2;
    array.shape[0] = one.n_rows;
    array.shape[1] = one.n_columns;
    run(reader.read_array, reader.data, path.c_str(), &array);
    return one;
}

// Its size stays, and no element can be taken out of it.
Matrices::Restored
Matrices::read_sparse(const torpor_tree_reader &reader, const std::string &name, void *matrix)
{
    const std::string path = escaped(name) + "/";
    const auto number = [&](const char *key) {
        return get<std::uint64_t>(reader, reader.get_uint, path + key);
    };
    Restored one{matrix, true, number("rows"), number("columns"), {}, {}, {}};
    one.row = torpor_cpp::get<std::int32_t>(reader, (path + "row").c_str());
    one.column = torpor_cpp::get<std::int32_t>(reader, (path + "column").c_str());
    one.values = torpor_cpp::get<double>(reader, (path + "value").c_str());
    const OcSparseMatrix &live = sparse(matrix);
    if (one.n_rows != static_cast<std::uint64_t>(live.nrow()) ||
        one.n_columns != static_cast<std::uint64_t>(live.ncol()))
        mismatch(name + " is of another size than when it was saved: make it as then");
    if (one.row.size() != one.values.size() || one.column.size() != one.values.size())
        mismatch(name + ": columns of different lengths");
    std::set<std::pair<int, int>> saved;
    for (std::size_t i = 0; i < one.row.size(); ++i) {
        if (one.row[i] < 0 || one.row[i] >= live.nrow() || one.column[i] < 0 ||
            one.column[i] >= live.ncol())
            mismatch(name + " has an element beyond its size in the file");
        saved.emplace(one.row[i], one.column[i]);
    }
    for_each_element(live, [&](int row, int column, double) {
        if (saved.count({row, column}) == 0)
            mismatch(name + " has an element [" + std::to_string(row) + "][" +
                     std::to_string(column) +
                     "] that it did not have when it was saved: set it in the run, as then");
    });
    return one;
}

// As with Vectors, those that the script has not made yet are not restored.
void
Matrices::read(const torpor_tree_reader &reader)
{
    restored_.clear();
    const std::vector<Object *> live = objects_of("Matrix");
    for (const std::string &name : keys(reader, "")) {
        const auto found = std::find_if(live.begin(), live.end(), [&](const Object *object) {
            return name_of(object) == name;
        });
        if (found == live.end())
            continue;
        void *matrix = (*found)->u.this_pointer;
        const bool was_sparse =
            get<std::uint32_t>(reader, reader.kind, escaped(name)) == TORPOR_KIND_MAP;
        if (was_sparse != is_sparse(matrix))
            mismatch(name + " was " + (was_sparse ? "sparse" : "full") +
                     " when it was saved, and is not in the script: make it as then");
        restored_.push_back(was_sparse ? read_sparse(reader, name, matrix)
                                       : read_full(reader, name, matrix));
    }
}

void
Matrices::commit()
{
    for (const Restored &one : restored_) {
        if (one.is_sparse) {
            for (std::size_t i = 0; i < one.values.size(); ++i)
                sparse(one.matrix).coeff(one.row[i], one.column[i]) = one.values[i];
            continue;
        }
        OcFullMatrix &matrix = full(one.matrix);
        const auto rows = static_cast<int>(one.n_rows), columns = static_cast<int>(one.n_columns);
        if (matrix.nrow() != rows || matrix.ncol() != columns)
            matrix.resize(rows, columns);
        if (!one.values.empty())
            std::copy(one.values.begin(), one.values.end(), &matrix.coeff(0, 0));
    }
    restored_.clear();
}

} // namespace torpor_neuron
