using ClientFlow.Sync.Testing.Specs;

namespace ClientFlow.Sync.Connectors.Tests.Specs;

public sealed class HubSpotSpecTests
{
    private readonly ApiSpec _spec = ApiSpec.Load("hubspot");

    [Theory]
    [InlineData("GET /crm/v3/objects/deals?limit=100&properties=dealname,amount&associations=companies&archived=false", null)]
    [InlineData("GET /crm/v3/objects/deals/42?propertiesWithHistory=dealstage&idProperty=cf_key", null)]
    [InlineData("POST /crm/v3/objects/deals", """
        {"properties":{"dealname":"Acme onboarding","amount":"1500.00"},
         "associations":[{"to":{"id":"501"},"types":[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":341}]}]}
        """)]
    [InlineData("POST /crm/v3/objects/deals/search", """
        {"filterGroups":[{"filters":[{"propertyName":"hs_lastmodifieddate","operator":"GTE","value":"1764547200000"}]}],
         "sorts":[{"propertyName":"hs_lastmodifieddate","direction":"ASCENDING"}],"properties":["dealname"],"limit":200,"after":"200"}
        """)]
    [InlineData("POST /crm/v3/objects/tasks", """{"properties":{"hs_task_subject":"Call"},"associations":[]}""")]
    [InlineData("PATCH /crm/v3/objects/0-27/7", """{"properties":{"hs_task_status":"COMPLETED"}}""")]
    [InlineData("POST /crm/v3/objects/deals/batch/read", """{"properties":["a"],"propertiesWithHistory":[],"inputs":[{"id":"1"}]}""")]
    [InlineData("PUT /crm/v4/objects/deals/1/associations/default/companies/2", null)]
    [InlineData("POST /crm/v4/associations/deals/contacts/batch/read", """{"inputs":[{"id":"1"}]}""")]
    [InlineData("GET /crm/v3/pipelines/deals", null)]
    [InlineData("GET /crm/v3/owners?limit=100", null)]
    [InlineData("GET /crm/v3/owners/?email=ada@example.com", null)]
    [InlineData("POST /oauth/v1/token", "grant_type=refresh_token&client_id=a&client_secret=b&refresh_token=c")]
    public void A_documented_request_passes(string call, string? body) => _spec.Request(call, body).ShouldPass();

    [Theory]
    [InlineData("GET /crm/v9/objects/deals", null, "path")]
    [InlineData("PUT /crm/v3/objects/deals/42", """{"properties":{}}""", "method")]
    [InlineData("GET /crm/v3/objects/deals/search", null, "method")]
    [InlineData("GET /crm/v3/objects/deals?page=2", null, "query.page")]
    [InlineData("GET /crm/v3/objects/deals?limit=many", null, "query.limit")]
    [InlineData("GET /crm/v3/objects/deals?limit=1&limit=2", null, "query.limit")]
    [InlineData("GET /crm/v3/objects/deals?archived=yes", null, "query.archived")]
    [InlineData("POST /crm/v3/objects/deals", null, "body")]
    [InlineData("POST /crm/v3/objects/deals", "properties=1", "content-type")]
    [InlineData("POST /crm/v3/objects/deals", """{"properties":""", "body")]
    [InlineData("POST /crm/v3/objects/deals", "{}", "body.properties")]
    [InlineData("POST /crm/v3/objects/deals", """{"properties":{"amount":1500},"associations":[]}""", "body.properties.amount")]
    [InlineData("POST /crm/v3/objects/deals", """{"properties":{},"associations":[],"stage":"won"}""", "body.stage")]
    [InlineData("PATCH /crm/v3/objects/deals/42", """{"properties":{"amount":null}}""", "body.properties.amount")]
    [InlineData("POST /crm/v3/objects/deals/search",
        """{"filterGroups":[{"filters":[{"propertyName":"a","operator":"LIKE"}]}]}""", "body.filterGroups[0].filters[0].operator")]
    [InlineData("POST /crm/v3/objects/deals/search",
        """{"filterGroups":[{"filters":[{"operator":"EQ"}]}]}""", "body.filterGroups[0].filters[0].propertyName")]
    [InlineData("POST /crm/v3/objects/deals/search", """{"sorts":[{"propertyName":"a","direction":"UP"}]}""", "body.sorts[0].direction")]
    [InlineData("POST /crm/v3/objects/deals/search", """{"limit":"200"}""", "body.limit")]
    [InlineData("PUT /crm/v4/objects/deals/1/associations/default/companies/2", "{}", "body")]
    [InlineData("DELETE /crm/v3/objects/deals/42?hard=true", null, "query.hard")]
    public void An_undocumented_request_is_caught_once_and_where_it_is_wrong(string call, string? body, string where) =>
        _spec.Request(call, body).ShouldFailAt(where);

    [Theory]
    [InlineData("GET /crm/v3/objects/deals/42", 200,
        """{"id":"42","properties":{"amount":null},"createdAt":"2026-01-05T09:00:00.000Z","updatedAt":"2026-01-05T09:00:00Z","archived":false}""")]
    [InlineData("GET /crm/v3/objects/deals/42", 404,
        """{"category":"OBJECT_NOT_FOUND","message":"gone","correlationId":"6a0b1c7e-3c55-4b0e-9d4e-2f9f1f0f8f11"}""")]
    [InlineData("GET /crm/v3/objects/deals/42", 429, """{"status":"error","errorType":"RATE_LIMIT"}""")]
    [InlineData("GET /crm/v3/objects/deals/42", 502, "<html>")]
    [InlineData("DELETE /crm/v3/objects/deals/42", 204, null)]
    [InlineData("POST /crm/v3/objects/deals/batch/upsert", 200,
        """{"status":"COMPLETE","results":[],"startedAt":"2026-01-05T09:00:00Z","completedAt":"2026-01-05T09:00:00Z","numErrors":0}""")]
    public void A_documented_answer_passes(string call, int status, string? body) => _spec.Answer(call, status, body).ShouldPass();

    [Theory]
    [InlineData("GET /crm/v3/objects/deals/42", 200,
        """{"id":42,"properties":{},"createdAt":"2026-01-05T09:00:00Z","updatedAt":"2026-01-05T09:00:00Z"}""", "answer.id")]
    [InlineData("GET /crm/v3/objects/deals/42", 200,
        """{"id":"42","properties":{},"createdAt":"yesterday","updatedAt":"2026-01-05T09:00:00Z"}""", "answer.createdAt")]
    [InlineData("GET /crm/v3/objects/deals/42", 200, """{"id":"42","properties":{},"createdAt":"2026-01-05T09:00:00Z"}""",
        "answer.updatedAt")]
    [InlineData("GET /crm/v3/objects/deals/42", 404, """{"message":"gone","correlationId":"6a0b1c7e-3c55-4b0e-9d4e-2f9f1f0f8f11"}""",
        "answer.category")]
    [InlineData("GET /crm/v3/objects/deals/42", 201, "{}", "status")]
    [InlineData("GET /crm/v3/objects/deals", 200, null, "answer")]
    [InlineData("DELETE /crm/v3/objects/deals/42", 204, "{}", "answer")]
    public void An_undocumented_answer_is_caught(string call, int status, string? body, string where) =>
        _spec.Answer(call, status, body).ShouldFailAt(where);

    [Fact]
    public void A_field_that_no_description_names_is_caught_in_an_answer_where_that_is_asked_for()
    {
        const string call = "GET /crm/v3/objects/deals";
        const string answer = """{"results":[],"count":0}""";

        _spec.Answer(call, 200, answer).ShouldPass();
        _spec.Answer(call, 200, answer, ExtraFields.Refused).ShouldFailAt("answer.count");
    }
}
