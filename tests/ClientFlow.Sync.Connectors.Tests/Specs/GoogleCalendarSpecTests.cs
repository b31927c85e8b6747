using ClientFlow.Sync.Testing.Specs;

namespace ClientFlow.Sync.Connectors.Tests.Specs;

public sealed class GoogleCalendarSpecTests
{
    private readonly ApiSpec _spec = ApiSpec.Load("google-calendar");

    [Theory]
    [InlineData("POST /calendar/v3/calendars/primary/events?sendUpdates=none&prettyPrint=false&fields=id", """
        {"id":"cf3k9v2q0a7mtb4e1h","summary":"Renewal: Acme retainer","description":"ClientFlow","start":{"date":"2026-11-01"},
         "end":{"date":"2026-11-02"},"transparency":"transparent",
         "reminders":{"useDefault":false,"overrides":[{"method":"popup","minutes":1440},{"method":"email","minutes":10080}]},
         "extendedProperties":{"private":{"cfKey":"deal:42:renewal"}},"source":{"title":"Deal 42","url":"https://crm.example/42"}}
        """)]
    [InlineData("POST /calendars/team%40example.com/events", """
        {"start":{"dateTime":"2026-11-01T09:00:00","timeZone":"Europe/Zurich"},"end":{"dateTime":"2026-11-01T10:00:00+01:00"}}
        """)]
    [InlineData("GET /calendars/primary/events?syncToken=abc&maxResults=2500&showDeleted=true&singleEvents=false", null)]
    [InlineData("GET /calendars/primary/events?privateExtendedProperty=cfKey%3Da,b&privateExtendedProperty=x%3Dy", null)]
    [InlineData("PATCH /calendars/primary/events/abcde", """{"status":"confirmed","description":null}""")]
    [InlineData("POST /calendars/primary/events/watch", """
        {"id":"01890000-0000-7000-8000-000000000000","type":"web_hook","address":"https://hub.example","token":"t","params":{"ttl":"604800"}}
        """)]
    [InlineData("POST /channels/stop", """{"id":"1","resourceId":"2"}""")]
    [InlineData("DELETE /calendars/primary/events/abcde", null)]
    public void A_documented_request_passes(string call, string? body) => _spec.Request(call, body).ShouldPass();

    [Theory]
    [InlineData("POST /calendar/v2/calendars/primary/events", "{}", "path")]
    [InlineData("GET /calendars/primary/events/import", null, "method")]
    [InlineData("POST /calendars/primary/events", """{"end":{"date":"2026-11-02"}}""", "body.start")]
    [InlineData("POST /calendars/primary/events", """{"start":{"date":"2026-11-01"},"end":{"date":"2026-11-02"},"title":"x"}""",
        "body.title")]
    [InlineData("POST /calendars/primary/events", """{"start":{"day":"2026-11-01"},"end":{"date":"2026-11-02"}}""", "body.start.day")]
    [InlineData("POST /calendars/primary/events", """{"start":{"date":"2026-11-01T00:00:00Z"},"end":{"date":"2026-11-02"}}""",
        "body.start.date")]
    [InlineData("POST /calendars/primary/events",
        """{"start":{"date":"2026-11-01"},"end":{"date":"2026-11-02"},"extendedProperties":{"private":{"cfKey":42}}}""",
        "body.extendedProperties.private.cfKey")]
    [InlineData("POST /calendars/primary/events",
        """{"start":{"date":"2026-11-01"},"end":{"date":"2026-11-02"},"reminders":{"overrides":[{"method":"popup","minutes":"10"}]}}""",
        "body.reminders.overrides[0].minutes")]
    [InlineData("PUT /calendars/primary/events/abcde", """{"start":{"date":"2026-11-01"},"end":{"date":"2026-11-02"},"summary":null}""",
        "body.summary")]
    [InlineData("POST /calendars/primary/events?notify=all", """{"start":{"date":"2026-11-01"},"end":{"date":"2026-11-02"}}""",
        "query.notify")]
    [InlineData("GET /calendars/primary/events?orderBy=created", null, "query.orderBy")]
    [InlineData("GET /calendars/primary/events?maxResults=0", null, "query.maxResults")]
    [InlineData("GET /calendars/primary/events?updatedMin=yesterday", null, "query.updatedMin")]
    [InlineData("POST /calendars/primary/events/abcde/move", null, "query.destination")]
    [InlineData("POST /calendars/primary/events/watch", null, "body")]
    public void An_undocumented_request_is_caught_once_and_where_it_is_wrong(string call, string? body, string where) =>
        _spec.Request(call, body).ShouldFailAt(where);

    [Fact]
    public void An_answer_is_typed_and_errors_are_the_gateways_own()
    {
        const string insert = "POST /calendars/primary/events";

        _spec.Answer(insert, 200, """{"kind":"calendar#event","id":"a","status":"confirmed","start":{"date":"2026-11-01"}}""").ShouldPass();
        _spec.Answer(insert, 200, """{"id":"a","sequence":"0"}""").ShouldFailAt("answer.sequence");
        _spec.Answer(insert, 201, """{"id":"a"}""").ShouldFailAt("status");
        _spec.Answer(insert, 409, """{"error":{"code":409,"message":"The requested identifier already exists."}}""").ShouldPass();
        _spec.Answer("DELETE /calendars/primary/events/a", 204).ShouldPass();
    }
}
