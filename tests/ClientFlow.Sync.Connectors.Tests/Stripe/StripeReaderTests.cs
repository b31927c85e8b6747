using System.Net;
using System.Text.Json;
using ClientFlow.Sync.Connectors.Stripe;
using ClientFlow.Sync.Connectors.Tests.Http;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Testing;
using ClientFlow.Sync.Testing.Specs;
using FsCheck;
using FsCheck.Fluent;

namespace ClientFlow.Sync.Connectors.Tests.Stripe;

public sealed class StripeReaderTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 2, 9, 0, 0, TimeSpan.Zero);
    private readonly ManualClock clock = new(Start);
    private readonly ScriptedTransport stripe = new() { Recorder = new SpecRecorder("stripe") };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Polling_begins_at_the_newest_event_before_the_list_by_the_vendors_clock()
    {
        stripe.On("GET", "/v1/events", Events(false, ("evt_9", 1_000_100), ("evt_8", 1_000_095), ("evt_7", 1_000_000)))
            .On("GET", "/v1/invoices", """{"data":[{"id":"in_1","currency":"gbp","status":"open","total":100}],"has_more":true}""")
            .On("GET", "starting_after=in_1", """{"data":[{"id":"in_2","currency":"gbp","status":"paid","total":0}],"has_more":false}""")
            .On("GET", "created[gte]=1000085", Events(false, ("evt_10", 1_000_101), ("evt_9", 1_000_100), ("evt_8", 1_000_095)));

        var first = (await Reads.ListAsync("invoices", null, Stop)).Value;
        var second = (await Reads.ListAsync("invoices", first.Next, Stop)).Value;
        var polled = (await Reads.PollAsync("invoices", second.Next, Stop)).Value;

        (first.More, second.More, polled.More).ShouldBe((true, false, false));
        first.Records.Concat(second.Records).Select(r => r.Id).ShouldBe(["in_1", "in_2"]);
        polled.Hints.ShouldBe([new RecordHint(RecordKind.Invoice, "in_evt_10")]);
        stripe.ShouldBeDone();
        stripe.Recorder!.ShouldHaveNoViolations();
    }

    [Fact]
    public async Task A_poll_of_many_pages_moves_on_only_when_its_last_page_is_read()
    {
        var cursor = await StartedAsync(("evt_1", 1_000_000));
        stripe.On("GET", "created[gte]=999985", Events(true, ("evt_5", 1_000_300), ("evt_4", 1_000_299)))
            .On("GET", "starting_after=evt_4", Events(true, ("evt_3", 1_000_200), ("evt_2", 1_000_000)))
            .On("GET", "starting_after=evt_2", Events(false, ("evt_1", 1_000_000)))
            .On("GET", "created[gte]=1000285", Events(false, ("evt_5", 1_000_300), ("evt_4", 1_000_299)));

        var hints = new List<string>();
        for (var page = 0; page < 4; page++)
        {
            var polled = (await Reads.PollAsync("invoices", cursor, Stop)).Value;
            hints.AddRange(polled.Hints.Select(h => h.Id));
            cursor = polled.Next;
            polled.More.ShouldBe(page < 2);
        }

        hints.ShouldBe(["in_evt_4", "in_evt_5", "in_evt_2", "in_evt_3"]);
        stripe.ShouldBeDone();
        stripe.Recorder!.ShouldHaveNoViolations();
    }

    [Fact]
    public void Whatever_order_lag_and_equal_moments_events_have_each_is_brought_once() =>
        Prop.ForAll(Gen.Choose(0, 60_000).ListOf().Resize(60).ToArbitrary(), drawn => BringsEachOnceAsync([.. drawn]).GetAwaiter().GetResult()).ShouldHold(50);

    private async Task BringsEachOnceAsync(IReadOnlyList<int> drawn)
    {
        var index = new LaggingIndex(Start.ToUnixTimeSeconds(), 5, 15);
        var reads = Open(new AnsweringTransport((target, _) =>
        {
            var query = System.Web.HttpUtility.ParseQueryString(target[target.IndexOf('?')..]);
            if (!target.StartsWith("/v1/events", StringComparison.Ordinal)) return """{"data":[],"has_more":false}""";
            var found = index.Shown.Reverse().Where(e => e.Made >= long.Parse(query["created[gte]"] ?? "0")).ToList();
            if (query["starting_after"] is { } last) found = [.. found.SkipWhile(e => e.Id != last).Skip(1)];
            return Events(found.Count > LaggingIndex.PageSize, [.. found.Take(LaggingIndex.PageSize)]);
        }));
        var cursor = (await reads.ListAsync("invoices", null, Stop)).Value.Next;
        var brought = new List<string>();

        foreach (var one in drawn)
            if (index.Happens(one, rows: null)) await PollAsync();
        index.Settle();
        await PollAsync();

        brought.ShouldBeUnique();
        brought.ShouldBe(index.Newest.Select(e => $"in_{e.Id}"), ignoreOrder: true);

        async Task PollAsync()
        {
            for (var more = true; more;)
            {
                var page = (await reads.PollAsync("invoices", cursor, Stop)).Value;
                brought.AddRange(page.Hints.Select(hint => hint.Id));
                (cursor, more) = (page.Next, page.More);
            }
        }
    }

    [Fact]
    public async Task A_quiet_account_is_not_taken_for_an_old_cursor()
    {
        var cursor = await StartedAsync(("evt_1", 1_000_000));
        for (var week = 0; week < 8; week++)
        {
            clock.Advance(TimeSpan.FromDays(7));
            stripe.On("GET", "/v1/events", Events(false));
            var polled = (await Reads.PollAsync("invoices", cursor, Stop)).Value;
            polled.Expired.ShouldBeFalse();
            cursor = polled.Next;
        }
    }

    [Fact]
    public async Task After_a_month_without_a_poll_a_full_list_is_needed()
    {
        var cursor = await StartedAsync(("evt_1", 1_000_000));
        clock.Advance(TimeSpan.FromDays(30));

        var polled = (await Reads.PollAsync("invoices", cursor, Stop)).Value;

        polled.Expired.ShouldBeTrue();
        stripe.On("GET", "/v1/events", Events(false)).On("GET", "/v1/invoices", """{"data":[],"has_more":false}""");
        (await Reads.ListAsync("invoices", polled.Next, Stop)).Value.More.ShouldBeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData("somebody else's")]
    [InlineData("{}")]
    public async Task A_cursor_that_says_nothing_asks_for_a_full_list(string text) =>
        (await Reads.PollAsync("invoices", new Cursor(text), Stop)).Value.Expired.ShouldBeTrue();

    [Fact]
    public async Task A_list_begins_anew_when_the_object_it_was_to_go_on_from_was_deleted()
    {
        stripe.On("GET", "/v1/events", Events(false)).On("GET", "/v1/invoices", """{"data":[{"id":"in_1"}],"has_more":true}""")
            .On("GET", "starting_after=in_1", HttpStatusCode.BadRequest,
                """{"error":{"type":"invalid_request_error","code":"resource_missing","param":"starting_after","message":"No such invoice: 'in_1'"}}""");
        var first = (await Reads.ListAsync("invoices", null, Stop)).Value;

        (await Reads.ListAsync("invoices", first.Next, Stop)).Value.Expired.ShouldBeTrue();
    }

    [Fact]
    public async Task Customers_are_polled_by_their_own_events_alone()
    {
        stripe.On("GET", "/v1/events", Events(false)).On("GET", "/v1/customers", """{"data":[{"id":"cus_1","name":"Acme","email":"a@acme.example"}],"has_more":false}""");

        (await Reads.ListAsync("customers", null, Stop)).Value.Records.Single().Fields["email"].ShouldBe("a@acme.example");

        stripe.Calls[0].PathAndQuery.ShouldContain("types[]=customer.created&types[]=customer.updated&types[]=customer.deleted");
        stripe.Calls[0].PathAndQuery.ShouldNotContain("invoice");
        stripe.Recorder!.ShouldHaveNoViolations();
    }

    [Fact]
    public async Task The_living_the_deleted_and_the_missing_are_told_apart()
    {
        stripe.On("GET", "/v1/customers/cus_1", """{"id":"cus_1","name":"Acme"}""")
            .On("GET", "/v1/customers/cus_2", """{"id":"cus_2","object":"customer","deleted":true}""")
            .On("GET", "/v1/customers/cus_3", HttpStatusCode.NotFound, """{"error":{"type":"invalid_request_error","code":"resource_missing"}}""");

        var records = (await Reads.ReadAsync(RecordKind.Client, ["cus_1", "cus_2", "cus_3"], Stop)).Value.Records;

        records.Select(r => r.Gone).ShouldBe([false, true, true]);
    }

    [Theory]
    [InlineData("gbp", 125_050, "1250.5")]
    [InlineData("jpy", 150_000, "150000")]
    [InlineData("kwd", 12_340, "12.34")]
    [InlineData("isk", 500_000, "5000")]
    [InlineData("ugx", 500_000, "5000")]
    [InlineData("mga", 5_000, "5000")]
    public async Task Amounts_are_told_in_major_units(string currency, long units, string expected)
    {
        stripe.On("GET", "/v1/invoices/in_1", $$"""{"id":"in_1","currency":"{{currency}}","total":{{units}},"amount_remaining":0}""");

        var record = (await Reads.ReadAsync(RecordKind.Invoice, ["in_1"], Stop)).Value.Records.Single();

        decimal.Parse(record.Fields["total"]!).ShouldBe(decimal.Parse(expected));
        record.Fields["amount_remaining"].ShouldBe("0");
        record.Currency.ShouldBe(currency.ToUpperInvariant());
    }

    [Fact]
    public async Task An_invoice_tells_what_the_mirror_needs()
    {
        stripe.On("GET", "/v1/invoices/in_1", """
            {"id":"in_1","object":"invoice","customer":"cus_1","currency":"gbp","status":"paid","number":"NW-7","total":120000,"amount_remaining":0,
             "due_date":1793577600,"created":1792368000,"description":"Relaunch","hosted_invoice_url":"https://invoice.stripe.example/i","a_new_field":{"x":[1]},
             "status_transitions":{"finalized_at":1792368060,"paid_at":1793000000,"voided_at":null},"metadata":{"cf_key":"cfabc","project":"7"}}
            """);

        var record = (await Reads.ReadAsync(RecordKind.Invoice, ["in_1"], Stop)).Value.Records.Single();

        record.Order.ShouldBeNull();
        record.Fields["due_date"].ShouldBe("2026-11-02T00:00:00+00:00");
        record.Fields["paid_at"].ShouldBe("2026-10-26T07:33:20+00:00");
        record.Fields["metadata.cf_key"].ShouldBe("cfabc");
        record.Fields["metadata.project"].ShouldBe("7");
        record.Fields["voided_at"].ShouldBeNull();
        foreach (var mapped in new StripeConnectorType().Manifest.Streams.Single(s => s.Kind == RecordKind.Invoice).Mapping)
            record.Fields.Keys.ShouldContain(mapped.From);
    }

    [Fact]
    public async Task Objects_of_the_newest_version_can_be_read_too()
    {
        var fixtures = JsonDocument.Parse(await File.ReadAllTextAsync(
            Path.Combine(SpecFolder.RequireOrSkip(), "stripe-fixtures.json"), Stop)).RootElement.GetProperty("resources");
        stripe.On("GET", "/v1/invoices/", fixtures.GetProperty("invoice").GetRawText())
            .On("GET", "/v1/customers/", fixtures.GetProperty("customer").GetRawText())
            .On("GET", "/v1/account", fixtures.GetProperty("account").GetRawText());

        (await Reads.ReadAsync(RecordKind.Invoice, ["in_1"], Stop)).Value.Records.Single().Fields["total"].ShouldNotBeNull();
        (await Reads.ReadAsync(RecordKind.Client, ["cus_1"], Stop)).Value.Records.Single().Fields["created"].ShouldNotBeNull();
        (await ((IConnector)Reads).WhoAmIAsync(Stop)).Value.ShouldStartWith("acct_");
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden)]
    [InlineData(HttpStatusCode.NotFound)]
    public async Task A_restricted_key_that_may_not_see_the_account_works_all_the_same(HttpStatusCode status)
    {
        stripe.On("GET", "/v1/account", status, """{"error":{"type":"invalid_request_error","message":"no permission"}}""")
            .On("GET", "/v1/customers?limit=1", """{"data":[],"has_more":false}""");

        (await ((IConnector)Reads).WhoAmIAsync(Stop)).Value.ShouldBe("default");
        stripe.ShouldBeDone();
    }

    [Fact]
    public async Task A_key_that_is_refused_is_still_refused()
    {
        stripe.On("GET", "/v1/account", HttpStatusCode.Unauthorized, "{}")
            .On("GET", "/v1/account", HttpStatusCode.Forbidden, "{}").On("GET", "/v1/customers", HttpStatusCode.Unauthorized, "{}");

        (await ((IConnector)Reads).WhoAmIAsync(Stop)).Failure!.Kind.ShouldBe(FailureKind.Unauthorized);
        (await ((IConnector)Reads).WhoAmIAsync(Stop)).Failure!.Kind.ShouldBe(FailureKind.Unauthorized);
    }

    [Fact]
    public void Default_mappings_name_fields_that_exist()
    {
        foreach (var stream in new StripeConnectorType().Manifest.Streams)
            foreach (var mapped in stream.Mapping)
                RecordSchema.Find(stream.Kind, mapped.Field).ShouldNotBeNull(mapped.Field);
    }

    private IReads Reads => field ??= Open(stripe);

    private IReads Open(HttpMessageHandler vendor)
    {
        var type = new StripeConnectorType();
        return (IReads)type.Open(Tool.Context(type, new StripeSettings(new Secret("sk_test_1"), null), vendor, clock));
    }

    private async Task<Cursor> StartedAsync(params (string Id, long Created)[] events)
    {
        stripe.On("GET", "/v1/events", Events(false, events)).On("GET", "/v1/invoices", """{"data":[],"has_more":false}""");
        return (await Reads.ListAsync("invoices", null, Stop)).Value.Next;
    }

    private static string Events(bool more, params (string Id, long Created)[] events)
    {
        var data = events.Select(e =>
            $$$"""{"id":"{{{e.Id}}}","object":"event","type":"invoice.updated","created":{{{e.Created}}},"data":{"object":{"id":"in_{{{e.Id}}}","object":"invoice"} } }""");
        return $$"""{"object":"list","data":[{{string.Join(',', data)}}],"has_more":{{(more ? "true" : "false")}},"url":"/v1/events"}""";
    }
}
