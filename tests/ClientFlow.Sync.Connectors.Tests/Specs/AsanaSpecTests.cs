using ClientFlow.Sync.Testing.Specs;

namespace ClientFlow.Sync.Connectors.Tests.Specs;

public sealed class AsanaSpecTests
{
    private readonly ApiSpec _spec = ApiSpec.Load("asana");

    [Theory]
    [InlineData("POST /projects", """
        {"data":{"name":"Acme - onboarding","workspace":"123","team":"456","notes":"cf:deal:42","start_on":"2026-01-05",
         "due_on":"2026-03-31","privacy_setting":"private","custom_fields":{"789":"cf:deal:42","790":12.5}}}
        """)]
    [InlineData("POST /api/1.0/tasks?opt_fields=name,completed_at,memberships.section.name", """
        {"data":{"name":"Kick-off","projects":["1"],"memberships":[{"project":"1","section":"2"}],"due_on":"2026-01-10","assignee":"me",
         "notes":"","external":{"gid":"cf:deal:42:t1","data":"{}"}}}
        """)]
    [InlineData("PUT /tasks/external%3Acf%3Adeal%3A42", """{"data":{"completed":true,"due_on":null,"assignee":null}}""")]
    [InlineData("POST /project_templates/9/instantiateProject", """
        {"data":{"name":"Acme","team":"456","privacy_setting":"private","is_strict":false,
         "requested_dates":[{"gid":"1","value":"2026-01-05"}],"requested_roles":[{"gid":"1","value":"7"}]}}
        """)]
    [InlineData("GET /tasks?project=1&modified_since=2026-01-05T00:00:00.000Z&limit=100&offset=eyJ0", null)]
    [InlineData("GET /events?resource=1&sync=abc", null)]
    [InlineData("GET /workspaces/1/tasks/search?completed=true&sort_by=created_at&created_at.before=2026-01-05T00:00:00Z", null)]
    [InlineData("POST /webhooks", """
        {"data":{"resource":"1","target":"https://hub.example/hooks","filters":[{"resource_type":"task","action":"changed","fields":["completed"]}]}}
        """)]
    public void A_documented_request_passes(string call, string? body) => _spec.Request(call, body).ShouldPass();

    [Theory]
    [InlineData("POST /project", """{"data":{}}""", "path")]
    [InlineData("PATCH /tasks/1", """{"data":{}}""", "method")]
    [InlineData("POST /projects", """{"name":"Acme"}""", "body.name")]
    [InlineData("POST /projects", """{"data":{"title":"Acme"}}""", "body.data.title")]
    [InlineData("POST /projects", """{"data":{"name":7}}""", "body.data.name")]
    [InlineData("POST /projects", """{"data":{"name":"Acme","completed_at":"2026-01-05T00:00:00Z"}}""", "body.data.completed_at")]
    [InlineData("POST /projects", """{"data":{"name":"Acme","created_at":"2026-01-05T00:00:00Z"}}""", "body.data.created_at")]
    [InlineData("POST /projects", """{"data":{"due_on":"31.03.2026"}}""", "body.data.due_on")]
    [InlineData("POST /projects", """{"data":{"privacy_setting":"secret"}}""", "body.data.privacy_setting")]
    [InlineData("PUT /tasks/1", """{"data":{"memberships":[]}}""", "body.data.memberships")]
    [InlineData("PUT /tasks/1", """{"data":{"completed":"true"}}""", "body.data.completed")]
    [InlineData("PUT /tasks/1", """{"data":{"completed":null}}""", "body.data.completed")]
    [InlineData("POST /webhooks", """{"data":{"resource":"1"}}""", "body.data.target")]
    [InlineData("POST /webhooks", """{"data":{"resource":"1","target":"hub"}}""", "body.data.target")]
    [InlineData("GET /events?sync=abc", null, "query.resource")]
    [InlineData("GET /tasks?project=1&limit=500", null, "query.limit")]
    [InlineData("GET /tasks?project=1&since=2026-01-05T00:00:00Z", null, "query.since")]
    [InlineData("GET /tasks?project=1&modified_since=2026-01-05", null, "query.modified_since")]
    [InlineData("GET /tasks?project=1&opt_fields=name,title", null, "query.opt_fields[1]")]
    public void An_undocumented_request_is_caught_once_and_where_it_is_wrong(string call, string? body, string where) =>
        _spec.Request(call, body).ShouldFailAt(where);

    [Theory]
    [InlineData("GET /events", 412, """{"errors":[{"message":"Sync token invalid or too old."}],"sync":"new"}""")]
    [InlineData("GET /events", 200, """
        {"data":[{"resource":{"gid":"1","resource_type":"task"},"parent":null,"action":"changed","created_at":"2026-01-05T00:00:00.000Z"}],
         "sync":"new","has_more":false}
        """)]
    [InlineData("GET /tasks/1", 200, """
        {"data":{"gid":"1","completed_at":null,"memberships":[{"project":{"gid":"1"},"section":{"gid":"2","name":"Onboarding"}}]}}
        """)]
    [InlineData("POST /projects", 201, """{"data":{"gid":"1","name":"Acme","completed":false,"owner":null}}""")]
    public void A_documented_answer_passes(string call, int status, string? body) => _spec.Answer(call, status, body).ShouldPass();

    [Theory]
    [InlineData("POST /projects", 200, """{"data":{}}""", "status")]
    [InlineData("POST /projects", 201, """{"data":{"gid":1}}""", "answer.data.gid")]
    [InlineData("GET /tasks/1", 200, """{"data":{"resource_subtype":"story"}}""", "answer.data.resource_subtype")]
    [InlineData("GET /tasks/1", 200, """{"data":{"name":null}}""", "answer.data.name")]
    public void An_undocumented_answer_is_caught(string call, int status, string? body, string where) =>
        _spec.Answer(call, status, body).ShouldFailAt(where);
}
