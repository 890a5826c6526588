package views

import "testing"

// tables are all tables of the console.
var tables = []*TableKind{ApplicationsTable, AccessRulesTable, AuditTable, RolesTable}

func TestEveryColumnIsInTheSchema(t *testing.T) {
	for _, table := range tables {
		for _, key := range table.Columns {
			if field, known := table.Schema.Field(key); !known || field.Name != key || field.Label == "" {
				t.Errorf("%s: column %s is not in the schema by this name: it has no label, and cannot be sorted by", table.Name, key)
			}
		}
	}
}
