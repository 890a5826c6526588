package handlers_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"latchkey/access"
)

// organizationNode makes what a page of the organisation is about: a project of
// the department, or for adding to it the department itself.
func (q *quarter) organizationNode(path, name string) string {
	q.t.Helper()
	if strings.HasSuffix(path, "/new") {
		return q.own.ID
	}
	node, err := q.svc.CreateScope(context.Background(), q.operator(), access.NewScope{ParentID: q.own.ID, Name: name})
	must(q.t, err)
	return node.ID
}

// organizationFields are what the forms of the organisation carry beside what
// a person types: a project is moved to another department of the cluster.
func (q *quarter) organizationFields(path string, s subject, fields map[string]string) {
	q.t.Helper()
	ctx := context.Background()
	if node, err := q.svc.Scope(ctx, q.operator(), s.node); s.node != "" && err == nil {
		fields["version"] = strconv.FormatInt(node.Version(), 10)
	}
	fields["seen"] = "0,0,0"
	if strings.HasSuffix(path, "/move") {
		to, err := q.svc.CreateScope(ctx, q.operator(), access.NewScope{ParentID: q.own.ParentID, Name: "to-" + s.node})
		must(q.t, err)
		fields["scopeId"] = to.ID
	}
	if strings.Contains(path, "/import") {
		fields["yaml"] = fmt.Sprintf("clusters: [made-%d]", q.made)
		file, err := access.ParseOrganization([]byte(fields["yaml"]))
		must(q.t, err)
		difference, err := q.svc.CompareOrganization(ctx, q.operator(), access.OrganizationImport{File: file})
		must(q.t, err)
		fields["digest"] = difference.Digest
	}
}
