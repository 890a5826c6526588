package api_test

import (
	"fmt"
	"strings"
	"testing"

	"latchkey/access"
)

const (
	clusters    = "/api/v1/clusters"
	departments = "/api/v1/org-unit/departments"
	projects    = "/api/v1/org-unit/projects"
)

// make creates a node and answers its id.
func (p *product) make(t testing.TB, bearer, noun, body string) string {
	t.Helper()
	var made struct{ ID, UUID string }
	p.send(bearer, "POST", noun, body).want(t, 201).decode(t, &made)
	return made.ID + made.UUID
}

// TestOrganizationLife makes an organisation by script, and takes it down.
func TestOrganizationLife(t *testing.T) {
	p := newProduct(t)
	bearer := p.admin(t)
	eu := p.make(t, bearer, clusters, `{"name":"eu-1","domain":"ignored"}`)
	research := p.make(t, bearer, departments, object("name", "research", "clusterId", eu))
	vision := p.make(t, bearer, projects, fmt.Sprintf(`{"name":"vision","parentId":%q,"clusterId":%q,"requestedNamespace":null}`, research, eu))

	p.get(t, bearer, clusters+"/"+eu).want(t, 200, `"name":"eu-1"`, `"tenantId":1001`, `"status":null`, `"deletedAt":null`)
	p.get(t, bearer, departments+"/"+research+"?verbosity=brief").want(t, 200, `"clusterId":"`+eu+`"`, `"totalResources":{}`, `"resources":[]`)
	p.get(t, bearer, projects+"/"+vision).want(t, 200, `"parentId":"`+research+`"`, `"parent":{"id":"`+research+`","name":"research"}`, `"clusterId":"`+eu+`"`, `"phase":"Ready"`, `"effective":{}`)
	for noun, id := range map[string]string{clusters: research, departments: vision, projects: eu} {
		p.get(t, bearer, noun+"/"+id).want(t, 404, "Resource id not found.")
		p.send(bearer, "PATCH", noun+"/"+id, `{"name":"other"}`).want(t, 404)
		p.send(bearer, "DELETE", noun+"/"+id, "").want(t, 404)
	}

	p.send(bearer, "POST", clusters, `{"name":"eu-1"}`).want(t, 409, "already exists")
	p.send(bearer, "POST", departments, object("name", "x", "clusterId", research)).want(t, 400, "clusterId is the id of a department")
	p.send(bearer, "POST", projects, object("name", "x", "parentId", eu)).want(t, 400, "parentId is the id of a cluster")
	p.send(bearer, "POST", projects, object("name", "x", "parentId", "no-such")).want(t, 404)
	p.send(bearer, "POST", departments, `{"name":"x"}`).want(t, 400, "clusterId is missing.")
	p.send(bearer, "POST", clusters, `{"name":"a/b"}`).want(t, 400, "slash")

	p.send(bearer, "PATCH", clusters+"/"+eu, `{"name":"eu-2"}`).want(t, 200, `"name":"eu-2"`)
	p.send(bearer, "PATCH", departments+"/"+research, `{"name":"science"}`).want(t, 200, `"name":"science"`)
	p.send(bearer, "PATCH", projects+"/"+vision, `{"name":"sight"}`).want(t, 200, `"name":"sight"`)
	p.send(bearer, "PATCH", projects+"/"+vision, `{}`).want(t, 400, "name is missing.")

	p.send(bearer, "DELETE", clusters+"/"+eu, "").want(t, 409, "1 node below it")
	for _, address := range []string{projects + "/" + vision, departments + "/" + research, clusters + "/" + eu} {
		p.send(bearer, "DELETE", address, "").want(t, 204)
		p.get(t, bearer, address).want(t, 404)
	}
}

func TestOrganizationLists(t *testing.T) {
	p := newProduct(t)
	bearer := p.admin(t)
	eu, us := p.make(t, bearer, clusters, `{"name":"eu-1"}`), p.make(t, bearer, clusters, `{"name":"us-1"}`)
	var research string
	for _, name := range []string{"research", "sales"} {
		p.wait(1000)
		research = p.make(t, bearer, departments, object("name", name, "clusterId", eu))
	}
	for i := range 3 {
		p.wait(1000)
		p.make(t, bearer, projects, object("name", fmt.Sprintf("project-%d", i), "parentId", research))
	}
	for address, want := range map[string]string{
		clusters: "eu-1 us-1",
		clusters + "?includeRequestedForDelete=false&verbosity=full&sortBy=name": "eu-1 us-1",
		clusters + "?limit=1&sortBy=name":                                        "eu-1",
		clusters + "?search=US":                                                  "us-1",
		departments + "?":                                                        "research sales",
		departments + "?filterBy=name%3D%3Dsales":                                "sales",
		departments + "?limit=1":                                                 "research next 1",
		departments + "?limit=1&offset=1":                                        "sales",
		departments + "?sortBy=OrgUnitSort.NAME&sortOrder=desc":                  "sales research",
		departments + "?sortBy=gpuAllocated":                                     "research sales",
		departments + "?filterBy=clusterId==" + us:                               "",
		projects:                       "project-0 project-1 project-2",
		projects + "?limit=2":          "project-0 project-1 next 2",
		projects + "?limit=2&offset=2": "project-2",
		projects + "?search=-1":        "project-1",
		projects + "?filterBy=parentId==" + research + ",name!=project-0":            "project-1 project-2",
		projects + "?filterBy=phase==Ready&sortBy=parentName&verbosity=meta&limit=1": "project-0 next 1",
	} {
		got := p.get(t, bearer, address).want(t, 200)
		text := strings.TrimSpace(got.body)
		if strings.HasPrefix(text, "[") {
			text = `{"clusters":` + text + "}"
		}
		var list struct {
			Clusters, Departments, Projects []struct{ Name string }
			Next                            int
		}
		answer{body: text}.decode(t, &list)
		var names []string
		for _, node := range append(append(list.Clusters, list.Departments...), list.Projects...) {
			names = append(names, node.Name)
		}
		if list.Next > 0 {
			names = append(names, fmt.Sprintf("next %d", list.Next))
		}
		got.body = strings.Join(names, " ")
		// Two that were made at the same moment have no order.
		if got.body != want && !(address == clusters && len(names) == 2) {
			t.Errorf("%s: %s, want %s", address, got.body, want)
		}
	}
	p.get(t, bearer, clusters+"/count").want(t, 200, `{"count":2}`)
	p.get(t, bearer, departments+"/count?filterBy=name==sales").want(t, 200, `{"count":1}`)
	p.get(t, bearer, projects+"/count?search=project").want(t, 200, `{"count":3}`)
	for _, address := range []string{departments + "?limit=501", departments + "?sortBy=phase", projects + "?filterBy=gpu==1", projects + "?verbosity=loud", clusters + "?includeRequestedForDelete=1"} {
		p.get(t, bearer, address).want(t, 400, `"code":400`)
	}
	csv := p.send(bearer, "GET", projects+"?sortBy=name&limit=1", "", "Accept", "text/csv").want(t, 200)
	if lines := strings.Split(csv.body, "\r\n"); len(lines) != 3 || lines[0] != "id,name,clusterId,parentId,createdBy,createdAt,updatedAt" || !strings.Contains(lines[1], ",project-0,"+eu+",") {
		t.Errorf("%q", csv.body)
	}

	// Who reads one cluster sees that, and what is in it.
	viewer := p.application(t, "viewer")
	p.grant(t, viewer, access.Viewer, us)
	theirs := p.tokenFor(t, viewer)
	p.get(t, theirs, clusters).want(t, 200, "us-1")
	p.get(t, theirs, clusters+"/count").want(t, 200, `{"count":1}`)
	p.get(t, theirs, clusters+"/"+eu).want(t, 404)
	p.get(t, theirs, departments).want(t, 200, `"departments":[]`)
	p.send(theirs, "PATCH", clusters+"/"+us, `{"name":"mine"}`).want(t, 403, "permission to update Clusters")
	p.send(theirs, "POST", departments, object("name", "mine", "clusterId", us)).want(t, 403, "create Departments")
	p.send(theirs, "DELETE", clusters+"/"+us, "").want(t, 403, "delete Clusters")
}
