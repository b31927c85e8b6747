using System.Net;
using System.Text.Json;
using ClientFlow.Sync.Connectors.HubSpot;
using ClientFlow.Sync.Connectors.Tests.Http;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Testing;
using ClientFlow.Sync.Testing.Specs;
using FsCheck;
using FsCheck.Fluent;

namespace ClientFlow.Sync.Connectors.Tests.HubSpot;

public sealed class HubSpotReaderTests
{
    private const string NoDeals = """{"results":[]}""";
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly ManualClock clock = new();
    private readonly ScriptedTransport transport = new() { Recorder = new SpecRecorder("hubspot") };

    [Fact]
    public async Task A_poll_looks_back_a_minute_and_brings_nothing_twice()
    {
        using var connector = Open();
        transport.On("POST", "contacts/search", Contacts(null, ("1", 100_000), ("2", 170_000)))
            .On("POST", "contacts/search", Contacts(null, ("2", 170_000), ("3", 150_000)));

        var first = (await connector.PollAsync("contacts", new Cursor(""), None)).Value;
        var second = (await connector.PollAsync("contacts", first.Next, None)).Value;

        first.Records.Select(one => one.Id).ShouldBe(["1", "2"]);
        second.Records.Select(one => one.Id).ShouldBe(["3"], "it was indexed late, and the other one is known");
        transport.Calls[1].Body.ShouldContain("\"value\":\"110000\"");
        transport.Recorder!.ShouldHaveNoViolations();
    }

    [Fact]
    public async Task A_poll_that_fails_brings_everything_again_from_the_same_cursor()
    {
        using var connector = Open();
        transport.On("POST", "contacts/search", Contacts(null, ("1", 100_000))).On("POST", "contacts/search", Contacts(null, ("1", 100_000)));

        (await connector.PollAsync("contacts", new Cursor(""), None)).Value.Records.Count.ShouldBe(1);
        (await connector.PollAsync("contacts", new Cursor(""), None)).Value.Records.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_long_poll_goes_on_by_the_last_value_so_that_rows_which_move_meanwhile_hide_no_others()
    {
        using var connector = Open();
        transport.On("POST", "contacts/search", Contacts("200", ("1", 500_000), ("2", 600_000)))
            .On("POST", "contacts/search", Contacts(null, ("2", 600_000), ("3", 600_000), ("1", 700_000)));

        var first = (await connector.PollAsync("contacts", new Cursor(""), None)).Value;
        var second = (await connector.PollAsync("contacts", first.Next, None)).Value;

        (first.More, second.More).ShouldBe((true, false));
        transport.Calls[1].Body.ShouldContain("\"value\":\"600000\"");
        transport.Calls[1].Body.ShouldNotContain("after");
        second.Records.Select(one => one.Id).ShouldBe(["3", "1"]);
    }

    [Fact]
    public async Task Many_rows_of_one_moment_are_paged_by_offset_and_past_ten_thousand_by_the_next_moment()
    {
        using var connector = Open();
        transport.On("POST", "contacts/search", Contacts("200", ("1", 500_000)))
            .On("POST", "contacts/search", Contacts("9800", ("2", 500_000)))
            .On("POST", "contacts/search", Contacts("10000", ("3", 500_000)))
            .On("POST", "contacts/search", Contacts(null, ("4", 500_001)));

        var page = (await connector.PollAsync("contacts", new Cursor(""), None)).Value;
        var seen = page.Records.ToList();
        while (page.More) seen.AddRange((page = (await connector.PollAsync("contacts", page.Next, None)).Value).Records);

        seen.Select(one => one.Id).ShouldBe(["1", "2", "3", "4"]);
        transport.Calls[2].Body.ShouldContain("\"after\":\"9800\"");
        transport.Calls[3].Body.ShouldContain("\"value\":\"500001\"");
        transport.Calls[3].Body.ShouldNotContain("after");
    }

    [Fact]
    public void Whatever_order_lag_and_equal_moments_rows_have_each_version_is_brought_once() =>
        Prop.ForAll(Gen.Choose(0, 60_000).ListOf().Resize(60).ToArbitrary(), drawn => BringsEachOnceAsync([.. drawn]).GetAwaiter().GetResult()).ShouldHold(50);

    private async Task BringsEachOnceAsync(IReadOnlyList<int> drawn)
    {
        var index = new LaggingIndex(1_000, 20, 60);
        using var connector = Open(new AnsweringTransport((_, body) =>
        {
            var search = JsonDocument.Parse(body).RootElement;
            var since = long.Parse(search.GetProperty("filterGroups")[0].GetProperty("filters")[0].GetProperty("value").GetString()!);
            var offset = search.TryGetProperty("after", out var after) && after.GetString() is { } text ? int.Parse(text) : 0;
            var found = index.Shown.Where(row => row.Made * 1_000 >= since).Skip(offset).ToList();
            return Contacts(found.Count > LaggingIndex.PageSize ? $"{offset + LaggingIndex.PageSize}" : null, [.. found.Take(LaggingIndex.PageSize).Select(row => (row.Id, row.Made * 1_000))]);
        }));
        var (cursor, brought) = (new Cursor(""), new List<(string Id, long Made)>());

        foreach (var one in drawn)
            if (index.Happens(one, rows: 9)) await PollAsync();
        index.Settle();
        await PollAsync();

        brought.ShouldBeUnique();
        index.Newest.Except(brought).ShouldBeEmpty();

        async Task PollAsync()
        {
            for (var more = true; more;)
            {
                var page = (await connector.PollAsync("contacts", cursor, None)).Value;
                brought.AddRange(page.Records.Select(record => (record.Id, record.Order!.Value / 1_000)));
                (cursor, more) = (page.Next, page.More);
            }
        }
    }

    [Fact]
    public async Task A_batch_that_names_the_missing_costs_no_further_call()
    {
        using var connector = Open();
        transport.On("POST", "contacts/batch/read", HttpStatusCode.MultiStatus,
            """{"status":"COMPLETE","results":[{"id":"1","properties":{"email":"a@b.example"}}],"numErrors":1,"errors":[{"status":"error","category":"OBJECT_NOT_FOUND","message":"gone","context":{"ids":["2"]}}]}""");

        var page = (await connector.ReadAsync(RecordKind.Contact, ["1", "2"], None)).Value;

        page.Records.ToDictionary(one => one.Id, one => one.Gone).ShouldBe(new Dictionary<string, bool> { ["1"] = false, ["2"] = true });
    }

    [Fact]
    public async Task A_batch_that_is_silent_about_the_missing_is_followed_by_a_direct_read()
    {
        using var connector = Open();
        transport.On("POST", "contacts/batch/read", NoDeals).On("GET", "contacts/2?", HttpStatusCode.NotFound, "{}")
            .On("GET", "contacts/3?", """{"id":"3","properties":{}}""");

        var page = (await connector.ReadAsync(RecordKind.Contact, ["2", "3"], None)).Value;

        page.Records.ToDictionary(one => one.Id, one => one.Gone).ShouldBe(new Dictionary<string, bool> { ["2"] = true, ["3"] = false }, ignoreOrder: true);
        transport.Recorder!.ShouldHaveNoViolations();
    }

    [Fact]
    public async Task Labels_choose_the_primary_company_and_contact_and_else_the_lowest_id()
    {
        using var connector = Open();
        transport.On("POST", "deals/batch/read", """{"results":[{"id":"1","properties":{"dealstage":"x","pipeline":"p","hs_is_closed_won":"true","hs_is_closed":"true"},"extra":1},{"id":"2","properties":{}}]}""")
            .On("GET", "pipelines/deals", HttpStatusCode.Forbidden, """{"category":"MISSING_SCOPES","message":"no"}""")
            .On("POST", "deals/companies/batch/read",
                """{"results":[{"from":{"id":"1"},"to":[{"toObjectId":30,"associationTypes":[{"typeId":77,"category":"USER_DEFINED","label":"Primary"}]},{"toObjectId":200,"associationTypes":[{"typeId":5,"category":"HUBSPOT_DEFINED","label":null}]}]}]}""")
            .On("POST", "deals/contacts/batch/read",
                """{"results":[{"from":{"id":"1"},"to":[{"toObjectId":"100"},{"toObjectId":"9"}],"paging":{"next":{"after":"x"}}},{"from":{"id":"2"},"to":[{"toObjectId":"8"}]}]}""")
            .On("POST", "deals/contacts/batch/read", """{"results":[{"from":{"id":"1"},"to":[{"toObjectId":"70","associationTypes":[{"typeId":77,"category":"USER_DEFINED","label":"Primary"}]}]}]}""")
            .On("POST", "companies/batch/read", """{"results":[{"id":"200","properties":{"name":"Acme"}}]}""")
            .On("POST", "contacts/batch/read", """{"results":[{"id":"70","properties":{}},{"id":"8","properties":{}}]}""");

        var page = (await connector.ReadAsync(RecordKind.Deal, ["1", "2"], None)).Value;

        var deal = page.Records.Single(one => one is { Kind: RecordKind.Deal, Id: "1" });
        deal.References.Select(one => (one.Field, one.Kind, string.Join(',', one.Ids))).ShouldBe(
            [("client", RecordKind.Client, "200"), ("contact", RecordKind.Contact, "70"), ("contacts", RecordKind.Contact, "70,9,100")]);
        deal.Meaning["stage"].ShouldBe("won", "the deal's own properties tell it where the pipeline can't be read");
        var other = page.Records.Single(one => one is { Kind: RecordKind.Deal, Id: "2" });
        other.References[0].ShouldSatisfyAllConditions(one => one.Field.ShouldBe("client"), one => one.Kind.ShouldBe(RecordKind.Contact));
        transport.ShouldBeDone();
        transport.Recorder!.ShouldHaveNoViolations();
    }

    [Fact]
    public async Task Only_a_deal_that_is_said_to_have_no_company_has_none()
    {
        using var connector = Open();
        transport.On("POST", "deals/batch/read", """{"results":[{"id":"1","properties":{}},{"id":"2","properties":{}},{"id":"3","properties":{}}]}""")
            .On("POST", "deals/companies/batch/read", HttpStatusCode.MultiStatus, $$$"""
                {"status":"COMPLETE","results":[{"from":{"id":"1"},"to":[{{{To(30)}}}]}],"numErrors":2,"errors":[
                 {"status":"error","category":"OBJECT_NOT_FOUND","message":"No company is associated with deal 2.","context":{"fromObjectId":["2"]}},
                 {"status":"error","category":"INTERNAL_ERROR","message":"Something went wrong.","context":{}}]}
                """)
            .On("GET", "objects/deals/3/associations/companies?limit=500", $$$$"""{"results":[{{{{To(31)}}}}],"paging":{"next":{"after":"31"}}}""")
            .On("GET", "objects/deals/3/associations/companies?limit=500&after=31", $$$"""{"results":[{{{To(32, 5)}}}]}""")
            .On("POST", "deals/contacts/batch/read", """{"results":[{"from":{"id":"2"},"to":[{"toObjectId":"8"}]},{"from":{"id":"3"},"to":[{"toObjectId":"9"}]}]}""")
            .On("POST", "companies/batch/read", """{"results":[{"id":"30","properties":{}},{"id":"32","properties":{}}]}""")
            .On("POST", "contacts/batch/read", """{"results":[{"id":"8","properties":{}},{"id":"9","properties":{}}]}""");

        var page = (await connector.ReadAsync(RecordKind.Deal, ["1", "2", "3"], None)).Value;

        page.Records.Where(one => one.Kind == RecordKind.Deal).Select(one => one.References[0]).Select(one => (one.Field, one.Kind, one.Ids[0]))
            .ShouldBe([("client", RecordKind.Client, "30"), ("client", RecordKind.Contact, "8"), ("client", RecordKind.Client, "32")]);
        transport.ShouldBeDone();
        transport.Recorder!.ShouldHaveNoViolations();
    }

    [Theory]
    [InlineData(HttpStatusCode.OK, "", true)]
    [InlineData(HttpStatusCode.NotFound, """{"category":"OBJECT_NOT_FOUND","message":"No deal has the id 1."}""", true)]
    [InlineData(HttpStatusCode.NotFound, "{}", false)]
    [InlineData(HttpStatusCode.Forbidden, """{"category":"MISSING_SCOPES","message":"no"}""", false)]
    public async Task A_batch_that_is_not_found_as_a_whole_is_read_deal_by_deal_and_what_stays_unknown_fails_the_page(HttpStatusCode status, string body, bool known)
    {
        using var connector = Open();
        transport.On("POST", "deals/batch/read", """{"results":[{"id":"1","properties":{}}]}""")
            .On("POST", "deals/companies/batch/read", HttpStatusCode.NotFound, "{}")
            .On("GET", "objects/deals/1/associations/companies", status, body.Length > 0 ? body : $$$"""{"results":[{{{To(30)}}}]}""")
            .On("POST", "deals/contacts/batch/read", """{"results":[{"from":{"id":"1"},"to":[{"toObjectId":"8"}]}]}""")
            .On("POST", "companies/batch/read", """{"results":[{"id":"30","properties":{}}]}""")
            .On("POST", "contacts/batch/read", """{"results":[{"id":"8","properties":{}}]}""");

        var read = await connector.ReadAsync(RecordKind.Deal, ["1"], None);

        read.Succeeded(out var page, out _).ShouldBe(known, "who the client is, is not guessed");
        page?.Records.Single(one => one.Kind == RecordKind.Deal).References[0].Kind.ShouldBe(body.Length > 0 ? RecordKind.Contact : RecordKind.Client);
    }

    [Fact]
    public async Task Only_mapped_properties_are_asked_for_and_ours_never()
    {
        using var connector = Open("62515");
        transport.On("GET", "objects/companies?", """{"results":[{"id":"7","properties":{"name":"Acme","phone":""},"updatedAt":"2026-11-01T10:00:00.000Z"}]}""");

        var record = (await connector.ListAsync("companies", null, None)).Value.Records.Single();

        Uri.UnescapeDataString(transport.Calls.Single().PathAndQuery)
            .ShouldBe("/crm/v3/objects/companies?limit=100&properties=name,phone,createdate,hs_lastmodifieddate&archived=false");
        record.Fields["url"].ShouldBe("https://app.hubspot.com/contacts/62515/record/0-2/7");
        record.Fields.Keys.ShouldNotContain("phone");
        record.Order.ShouldBe(DateTimeOffset.Parse("2026-11-01T10:00:00Z").ToUnixTimeMilliseconds());
    }

    [Fact]
    public async Task A_date_in_milliseconds_becomes_a_date()
    {
        using var connector = Open(mapping: new FieldMapping("endsOn", "contract_end_date"));
        transport.On("POST", "deals/batch/read", """{"results":[{"id":"1","properties":{"contract_end_date":"1798675200000","amount":"12345678901"}}]}""")
            .On("POST", "deals/companies/batch/read", """{"results":[]}""")
            .On("POST", "deals/contacts/batch/read", """{"results":[]}""");

        var record = (await connector.ReadAsync(RecordKind.Deal, ["1"], None)).Value.Records.Single();

        record.Fields["contract_end_date"].ShouldBe("2026-12-31");
        record.Fields["amount"].ShouldBe("12345678901");
    }

    [Fact]
    public async Task A_merged_deal_says_whom_it_was_merged_from_and_gets_what_was_meant_for_them()
    {
        using var connector = Open();
        transport.On("POST", "deals/batch/read", """{"results":[{"id":"9","properties":{"hs_merged_object_ids":"1;2"}}]}""")
            .On("POST", "deals/companies/batch/read", """{"results":[]}""")
            .On("POST", "deals/contacts/batch/read", """{"results":[]}""");
        (await connector.ReadAsync(RecordKind.Deal, ["9"], None)).Value.Records.Single().Fields["hs_merged_object_ids"].ShouldBe("1;2");
        transport.Calls[0].Body.ShouldContain("hs_merged_object_ids");

        // Asked for an old one, HubSpot answers with the new one.
        transport.On("GET", "properties/deals/clientflow_project", """{"name":"clientflow_project"}""").On("GET", "objects/deals/1", """{"id":"9","properties":{}}""");
        var link = new ActionCall(new ActionOrder("k1", "link", "crm", new DealLinkContent("1")), 1,
            new Dictionary<string, ActionResult> { ["project"] = new("p", "https://app.asana.com/0/p") });

        (await connector.PrepareAsync(link, None)).Value.ShouldBeOfType<Preparation.Send>().Call.Path.ShouldEndWith("objects/deals/9");
    }

    [Fact]
    public async Task A_private_apps_token_is_never_sent_in_an_address()
    {
        using var connector = Open();
        transport.On("GET", "crm/v3/owners?limit=1", HttpStatusCode.Forbidden, """{"category":"MISSING_SCOPES"}""");

        (await connector.WhoAmIAsync(None)).Value.ShouldBe("default");
        transport.Calls.ShouldAllBe(call => !call.PathAndQuery.Contains("pat-"));
    }

    [Fact]
    public async Task An_OAuth_token_tells_its_portal()
    {
        using var connector = Open(token: "CJTest");
        transport.On("GET", "oauth/v1/access-tokens/CJTest", """{"hub_id":62515,"user_id":1,"token":"x"}""");

        (await connector.WhoAmIAsync(None)).Value.ShouldBe("62515");
    }

    [Fact]
    public async Task Owners_are_found_under_either_form_of_their_path()
    {
        using var connector = Open();
        transport.On("GET", "crm/v3/owners?", HttpStatusCode.NotFound, "{}").On("GET", "crm/v3/owners/?", HttpStatusCode.Unauthorized, "{}");

        (await connector.WhoAmIAsync(None)).Failure!.Kind.ShouldBe(FailureKind.Unauthorized);
    }

    private static string To(int company, int type = 341) =>
        $$"""{"toObjectId":{{company}},"associationTypes":[{"typeId":{{type}},"category":"HUBSPOT_DEFINED","label":null}]}""";

    private static string Contacts(string? after, params (string Id, long Modified)[] rows) => JsonSerializer.Serialize(new
    {
        total = rows.Length,
        results = rows.Select(row => new
        {
            id = row.Id,
            properties = new { lastmodifieddate = DateTimeOffset.FromUnixTimeMilliseconds(row.Modified).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'") },
        }),
        paging = after is null ? null : new { next = new { after } },
    });

    private HubSpotConnector Open(HttpMessageHandler vendor) => new(Tool.Context(
        new HubSpotConnectorType(), new HubSpotSettings(new Secret("pat-na1-1"), null, null), vendor, clock));

    private HubSpotConnector Open(string? account = null, string token = "pat-na1-1", params FieldMapping[] mapping) => new(Tool.Context(
        new HubSpotConnectorType(), new HubSpotSettings(new Secret(token), null, account), transport, clock, overrides: mapping));
}
