// SPDX-License-Identifier: MIT
#include "model/hoc_lists.h"

#include <set>

#include "base/tree.h"
#include "wheel/hoc.h"

namespace torpor_neuron
{

static std::string
item_name(const std::string &list, std::size_t i)
{
    return list + ".object(" + std::to_string(i) + ")";
}

void
HocLists::write(const torpor_tree_writer &writer) const
{
    HocLookup lookup;
    for_each_object("List", [&](const Object *list) {
        if (!then_->lists.has_changed(list))
            return;
        const std::string name = name_of(list);
        writer.begin_map(writer.data, name.c_str());
        std::size_t i = 0;
        for (const Object *item : items_of(list)) {
            const std::string named = then_->name_for(item_name(name, i), item, lookup);
            writer.put_text(writer.data, std::to_string(i++).c_str(), named.c_str());
        }
        writer.end_map(writer.data);
    });
}

void
HocLists::read(const torpor_tree_reader &reader)
{
    restored_.clear();
    HocLookup lookup;
    std::set<const Object *> saved;
    for (const std::string &name : keys(reader, "")) {
        Object *list = lookup.object(name);
        if (list == nullptr || list->ctemplate != template_named("List") || !holds_items(list))
            throw Error(TORPOR_STATUS_MISMATCH,
                        "hoc: " + name +
                            ", a List that a run had changed when it was saved, is not there: make "
                            "it in the script, as then");
        saved.insert(list);
        const std::size_t n = keys(reader, escaped(name)).size();
        std::vector<Object *> items;
        for (std::size_t i = 0; i < n; ++i) {
            items.push_back(lookup.object_in(reader, escaped(name) + "/" + std::to_string(i),
                                             item_name(name, i)));
            if (items.back() == nullptr)
                throw Error(TORPOR_STATUS_MISMATCH,
                            "hoc: " + item_name(name, i) + " names no object in the file");
        }
        restored_.emplace_back(list, std::move(items));
    }
    // What had not changed when the file was saved is what it was before.
    for_each_object("List", [&](Object *list) {
        if (saved.count(list) != 0 || !then_->lists.has_changed(list))
            return;
        std::vector<Object *> items;
        for (const ObjectName &name : then_->lists.find(list))
            items.push_back(lookup.object_again(name, item_name(name_of(list), items.size())));
        restored_.emplace_back(list, std::move(items));
    });
}

void
HocLists::commit()
{
    const WithoutUnref without_unref;
    for (const auto &[list, items] : restored_) {
        for (Object *item : items_of(list)) {
            hoc_obj_ref(item);
            released_.add(item);
        }
        set_items(list, items);
    }
    restored_.clear();
}

} // namespace torpor_neuron
