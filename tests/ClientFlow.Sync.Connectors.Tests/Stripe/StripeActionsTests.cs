using System.Net;
using ClientFlow.Sync.Connectors.Stripe;
using ClientFlow.Sync.Connectors.Tests.Http;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Testing;

namespace ClientFlow.Sync.Connectors.Tests.Stripe;

public sealed class StripeActionsTests
{
    private const string Key = "cf0123456789abcdefghijklmn";
    private static readonly CustomerContent Acme = new("hubspot:1:client:501", "Acme & Söhne", "AP@Acme.example");
    private readonly ScriptedTransport stripe = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_customer_carries_who_it_is_and_the_key()
    {
        stripe.On("GET", "email=AP%40Acme.example", Customers()).On("GET", "email=ap%40acme.example", Customers());

        var call = (await Acts.PrepareAsync(Call(Acme, revision: 3), Stop)).Value.ShouldBeOfType<Preparation.Send>().Call;

        call.ShouldSatisfyAllConditions(
            c => c.Method.ShouldBe("POST"),
            c => c.Path.ShouldBe("v1/customers"),
            c => c.Headers["Idempotency-Key"].ShouldBe($"{Key}-3"),
            c => c.Headers["Stripe-Version"].ShouldBe("2023-08-16"),
            c => c.Body.ShouldBe("email=AP%40Acme.example&name=Acme%20%26%20S%C3%B6hne&metadata[cf_client]=hubspot%3A1%3Aclient%3A501&metadata[cf_key]=" + Key));
    }

    [Fact]
    public async Task A_customer_that_carries_the_clients_mark_wins_over_others_with_the_same_address()
    {
        stripe.On("GET", "/v1/customers", Customers(
            """{"id":"cus_1","name":"Acme old"}""", """{"id":"cus_2","metadata":{"cf_client":"hubspot:1:client:501"}}"""));

        var found = (await Acts.PrepareAsync(Call(Acme), Stop)).Value.ShouldBeOfType<Preparation.Exists>().Result;

        (found.Id, found.Adopted).ShouldBe(("cus_2", true));
    }

    [Fact]
    public async Task Two_customers_with_one_address_ask_a_person_by_name()
    {
        stripe.On("GET", "/v1/customers", Customers("""{"id":"cus_1","name":"Acme old"}""", """{"id":"cus_2","name":"Acme new"}"""));

        var question = (await Acts.PrepareAsync(Call(Acme), Stop)).Value.ShouldBeOfType<Preparation.Ask>().Question;

        question.ShouldContain("Acme old (cus_1), Acme new (cus_2)");
    }

    [Fact]
    public async Task Another_clients_customer_with_the_same_address_is_not_billed_but_asked_about()
    {
        stripe.On("GET", "/v1/customers", Customers("""{"id":"cus_1","name":"Beta Ltd","metadata":{"cf_client":"hubspot:1:client:777"}}"""));

        var question = (await Acts.PrepareAsync(Call(Acme), Stop)).Value.ShouldBeOfType<Preparation.Ask>().Question;

        question.ShouldContain("Beta Ltd (cus_1)");
        question.ShouldContain("belongs to hubspot:1:client:777");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"cf_client":"hubspot:1:client:501"}""")]
    public async Task A_lone_customer_without_another_clients_mark_is_adopted(string metadata)
    {
        stripe.On("GET", "/v1/customers", Customers($$"""{"id":"cus_1","metadata":{{metadata}} }"""));

        (await Acts.PrepareAsync(Call(Acme), Stop)).Value.ShouldBeOfType<Preparation.Exists>().Result.Id.ShouldBe("cus_1");
    }

    [Fact]
    public async Task A_deleted_customer_is_no_hit()
    {
        stripe.On("GET", "/v1/customers", Customers("""{"id":"cus_1","deleted":true}""")).On("GET", "/v1/customers", Customers());

        (await Acts.PrepareAsync(Call(Acme), Stop)).Value.ShouldBeOfType<Preparation.Send>();
    }

    [Fact]
    public async Task A_client_without_an_address_asks_a_person() =>
        (await Acts.PrepareAsync(Call(Acme with { Email = " " }), Stop)).Value.ShouldBeOfType<Preparation.Ask>().Question.ShouldContain("no e-mail");

    [Fact]
    public async Task A_draft_stays_a_draft()
    {
        var call = (await Acts.PrepareAsync(
            Call(new InvoiceContent("cus_1", "EUR", 14, "Relaunch", "asana:1:project:7")), Stop)).Value.ShouldBeOfType<Preparation.Send>().Call;

        call.Path.ShouldBe("v1/invoices");
        call.Body.ShouldBe(
            "customer=cus_1&collection_method=send_invoice&days_until_due=14&auto_advance=false&pending_invoice_items_behavior=exclude" +
            $"&currency=eur&description=Relaunch&metadata[cf_key]={Key}&metadata[cf_subject]=asana%3A1%3Aproject%3A7");
    }

    [Theory]
    [InlineData("GBP", "1250.55", "125055")]
    [InlineData("GBP", "-10", "-1000")]
    [InlineData("JPY", "150000", "150000")]
    [InlineData("KWD", "12.340", "12340")]
    [InlineData("ISK", "5", "500")]
    [InlineData("UGX", "5", "500")]
    [InlineData("MGA", "5", "5")]
    public async Task A_line_is_in_the_smallest_unit_to_the_cent(string currency, string amount, string units)
    {
        var call = (await PrepareLineAsync(currency, amount)).ShouldBeOfType<Preparation.Send>().Call;

        call.Path.ShouldBe("v1/invoiceitems");
        call.Body.ShouldBe($"customer=cus_1&invoice=in_1&amount={units}&currency={currency.ToLowerInvariant()}&description=Work&metadata[cf_key]={Key}");
    }

    [Theory]
    [InlineData("GBP", "10.005")]
    [InlineData("JPY", "10.5")]
    [InlineData("KWD", "12.345")]
    [InlineData("ISK", "5.50")]
    [InlineData("MGA", "5.2")]
    [InlineData("GBP", "99999999999999")]
    public async Task An_amount_that_cant_be_carried_asks_a_person_and_is_never_rounded(string currency, string amount) =>
        (await PrepareLineAsync(currency, amount)).ShouldBeOfType<Preparation.Ask>().Question.ShouldContain("Nothing was rounded");

    [Theory]
    [InlineData("KWD 1250.375", "The line \"Relaunch\" asks for KWD 1,250.375, but")]
    [InlineData("KWD 10;KWD 12.345", "The line \"2\" asks for KWD 12.345, but")]
    public async Task An_amount_that_cant_be_carried_asks_before_an_empty_draft_is_left_behind(string amounts, string question)
    {
        var content = new InvoiceContent("cus_1", "KWD", 14, "Relaunch", "s");

        (await Acts.PrepareAsync(Call(content with { Amounts = amounts }), Stop)).Value.ShouldBeOfType<Preparation.Ask>().Question.ShouldStartWith(question);
        (await Acts.PrepareAsync(Call(content with { Amounts = "KWD 1250.37;KWD 10" }), Stop)).Value.ShouldBeOfType<Preparation.Send>();
    }

    [Fact]
    public async Task A_text_longer_than_an_invoice_holds_asks_before_an_empty_draft_is_left_behind()
    {
        var content = new InvoiceContent("cus_1", "GBP", 14, new string('x', 1501), "s");

        (await Acts.PrepareAsync(Call(content), Stop)).Value.ShouldBeOfType<Preparation.Ask>().Question.ShouldContain("has 1501 characters, and Stripe takes at most 1500");
        (await Acts.PrepareAsync(Call(content with { Text = new string('x', 1500) }), Stop)).Value.ShouldBeOfType<Preparation.Send>();
    }

    [Fact]
    public async Task A_name_longer_than_a_customer_can_have_asks_a_person()
    {
        stripe.On("GET", "email=AP%40Acme.example", Customers()).On("GET", "email=ap%40acme.example", Customers());

        (await Acts.PrepareAsync(Call(Acme with { Name = new string('x', 257) }), Stop)).Value.ShouldBeOfType<Preparation.Ask>().Question.ShouldContain("at most 256");
    }

    [Theory]
    [InlineData("GBP", "999999.99", true)]
    [InlineData("GBP", "1000000.00", false)]
    [InlineData("GBP", "-1000000.00", false)]
    [InlineData("KWD", "100000", false)]
    [InlineData("IDR", "5000000", true)]
    public async Task An_amount_of_more_than_eight_digits_asks_before_an_empty_draft_is_left_behind(string currency, string amount, bool fits)
    {
        var prepared = (await Acts.PrepareAsync(Call(new InvoiceContent("cus_1", currency, 14, "Relaunch", "s") { Amounts = $"{currency} {amount}" }), Stop)).Value;

        if (fits) prepared.ShouldBeOfType<Preparation.Send>();
        else prepared.ShouldBeOfType<Preparation.Ask>().Question.ShouldContain("eight digits");
    }

    [Fact]
    public async Task A_handoff_done_anew_builds_on_its_own_results()
    {
        var content = new InvoiceLineContent("Work", new Money(5, "GBP"));
        var call = new ActionCall(new ActionOrder(Key, "line-1@2", "billing", content), 1, new Dictionary<string, ActionResult>
        {
            ["invoice"] = Invoice("in_old"), ["invoice@2"] = Invoice("in_new"),
        });

        (await Acts.PrepareAsync(call, Stop)).Value.ShouldBeOfType<Preparation.Send>().Call.Body!.ShouldContain("invoice=in_new");
    }

    [Fact]
    public async Task The_invoice_tells_its_lines_who_the_customer_is()
    {
        stripe.On("POST", "/v1/invoices", """{"id":"in_1","customer":"cus_1","currency":"gbp","status":"draft","total":0,"metadata":{}}""");

        var made = (await SendAsync(new InvoiceContent("cus_1", "GBP", 14, "", "s"))).Value;

        made.More["customer"].ShouldBe("cus_1");
        made.State!.Fields["status"].ShouldBe("draft");
    }

    [Theory]
    [InlineData(400, "invalid_request_error", "parameter_invalid_integer", null, FailureKind.Rejected)]
    [InlineData(400, "invalid_request_error", "resource_missing", null, FailureKind.Missing)]
    [InlineData(404, "invalid_request_error", "resource_missing", null, FailureKind.Missing)]
    [InlineData(400, "idempotency_error", null, null, FailureKind.Rejected)]
    [InlineData(401, "invalid_request_error", null, null, FailureKind.Unauthorized)]
    [InlineData(402, "card_error", "card_declined", null, FailureKind.Rejected)]
    [InlineData(403, "invalid_request_error", null, null, FailureKind.Rejected)]
    [InlineData(409, "idempotency_error", "idempotency_key_in_use", null, FailureKind.RateLimited)]
    [InlineData(409, "invalid_request_error", null, "false", FailureKind.Rejected)]
    [InlineData(429, "invalid_request_error", "rate_limit", null, FailureKind.RateLimited)]
    [InlineData(429, "invalid_request_error", "lock_timeout", null, FailureKind.RateLimited)]
    [InlineData(424, "api_error", null, "true", FailureKind.Uncertain)]
    [InlineData(500, "api_error", null, "true", FailureKind.Uncertain)]
    [InlineData(503, "api_error", null, null, FailureKind.Uncertain)]
    public async Task Each_refusal_has_its_next_move(int status, string type, string? code, string? shouldRetry, FailureKind expected)
    {
        var error = $$$"""{"error":{"type":"{{{type}}}",{{{(code is null ? "" : $"\"code\":\"{code}\",")}}}"message":"The vendor's words"}}""";
        stripe.On("POST", "/v1/invoices", (HttpStatusCode)status, error, shouldRetry is null ? [] : [("Stripe-Should-Retry", shouldRetry)]);

        var failure = (await SendAsync(new InvoiceContent("cus_1", "GBP", 14, "", "s"))).Failure!;

        failure.Kind.ShouldBe(expected);
        failure.Status.ShouldBe(status);
        failure.Reason.ShouldBe(code ?? type);
        failure.Message.ShouldContain("The vendor's words");
        failure.Message.ShouldNotContain("sk_test_1");
    }

    [Fact]
    public async Task A_cut_connection_leaves_the_write_in_doubt_and_a_refused_one_does_not()
    {
        stripe.Fails("POST", "/v1/invoices", new HttpRequestException(HttpRequestError.ResponseEnded))
            .Fails("POST", "/v1/invoices", new HttpRequestException(HttpRequestError.ConnectionError));

        (await SendAsync(new InvoiceContent("cus_1", "GBP", 14, "", "s"))).Failure!.Kind.ShouldBe(FailureKind.Uncertain);
        (await SendAsync(new InvoiceContent("cus_1", "GBP", 14, "", "s"))).Failure!.Kind.ShouldBe(FailureKind.Unavailable);
    }

    [Fact]
    public async Task A_lookup_reads_every_page_before_it_says_absent()
    {
        var call = Call(new InvoiceContent("cus_1", "GBP", 14, "", "s"));
        stripe.On("GET", "/v1/invoices?limit=100&customer=cus_1", """{"data":[{"id":"in_9","metadata":{"cf_key":"other"}}],"has_more":true}""")
            .On("GET", "starting_after=in_9", $$$"""{"data":[{"id":"in_8","customer":"cus_1","metadata":{"cf_key":"{{{Key}}}"}}],"has_more":false}""");

        var found = (await Acts.LookUpAsync(call, Frozen, Stop)).Value!;

        (found.Id, found.More["customer"]).ShouldBe(("in_8", "cus_1"));
    }

    [Fact]
    public async Task A_lookup_finds_a_customer_whose_address_a_person_changed_meanwhile()
    {
        var sent = DateTimeOffset.FromUnixTimeSeconds(1_793_620_800);
        stripe.On("GET", "/v1/customers?limit=100&email=", """{"data":[],"has_more":false}""")
            .On("GET", "=1793617200", $$$"""{"data":[{"id":"cus_7","email":"new@acme.example","metadata":{"cf_key":"{{{Key}}}"}}],"has_more":false}""");

        var found = (await Acts.LookUpAsync(Call(Acme) with { SentAfter = sent }, Frozen, Stop)).Value!;

        found.Id.ShouldBe("cus_7");
    }

    [Fact]
    public async Task A_lookup_that_fails_proves_nothing()
    {
        stripe.On("GET", "/v1/invoices", HttpStatusCode.Forbidden, "{}");

        (await Acts.LookUpAsync(Call(new InvoiceContent("cus_1", "GBP", 14, "", "s")), Frozen, Stop)).Failure.ShouldNotBeNull();
    }

    private static FrozenCall Frozen { get; } = new("POST", "v1/invoices", "application/x-www-form-urlencoded", "customer=cus_1", new Dictionary<string, string>());

    private IActs Acts => field ??= Open();

    private IActs Open()
    {
        var type = new StripeConnectorType();
        return (IActs)type.Open(Tool.Context(type, new StripeSettings(new Secret("sk_test_1"), null), stripe, new ManualClock()));
    }

    private async Task<Outcome<ActionResult>> SendAsync(ActionContent content)
    {
        var call = Call(content);
        return await Acts.SendAsync(call, (await Acts.PrepareAsync(call, Stop)).Value.ShouldBeOfType<Preparation.Send>().Call, Stop);
    }

    private async Task<Preparation> PrepareLineAsync(string currency, string amount)
    {
        var order = new ActionOrder(Key, "line-1", "billing", new InvoiceLineContent("Work", new Money(decimal.Parse(amount), currency)));
        return (await Acts.PrepareAsync(new ActionCall(order, 1, new Dictionary<string, ActionResult> { ["invoice"] = Invoice("in_1") }), Stop)).Value;
    }

    private static ActionCall Call(ActionContent content, int revision = 1) =>
        new(new ActionOrder(Key, "invoice", "billing", content), revision, new Dictionary<string, ActionResult>());

    private static ActionResult Invoice(string id) => new(id, null) { More = new Dictionary<string, string> { ["customer"] = "cus_1" } };

    private static string Customers(params string[] customers) => $$"""{"object":"list","data":[{{string.Join(',', customers)}}],"has_more":false}""";
}
