using ClientFlow.Sync.Connectors.Stripe;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Sandbox;
using ClientFlow.Sync.Sandbox.Http;

namespace ClientFlow.Sync.Connectors.Tests.Stripe;

public sealed class StripeContractTests : ConnectorContract
{
    private static readonly CustomerContent Acme = new("hubspot:62515:client:501", "Acme Ltd", "billing@acme.example");

    protected override IConnectorType Type { get; } = new StripeConnectorType();

    protected override SimulatedTool Twin => Sandbox.Stripe;

    protected override string Vendor => "stripe";

    protected override string Stream => "invoices";

    protected override RecordKind Kind => RecordKind.Invoice;

    protected override string ChangedField => "status";

    protected override bool Ordered => false;

    [Theory]
    [InlineData("GBP", "1250.00", "1250")]
    [InlineData("JPY", "150000", "150000")]
    [InlineData("KWD", "12.34", "12.34")]
    public async Task A_draft_is_made_with_its_customer_and_line_and_each_is_found_after_doubt(string currency, string amount, string total)
    {
        var customer = await DoubtAndFindAsync(Call("customer", Acme));
        var invoice = await DoubtAndFindAsync(Call(
            "invoice", new InvoiceContent(null, currency, 14, "Website relaunch", "asana:1200:project:7"), ("customer", customer)));
        var line = await DoubtAndFindAsync(Call(
            "line-1", new InvoiceLineContent("Website – final", new Money(decimal.Parse(amount), currency)), ("customer", customer), ("invoice", invoice)));

        line.Id.ShouldStartWith("ii_");
        var read = (await Reads.ReadAsync(RecordKind.Invoice, [invoice.Id], Stop)).Value.Records.Single();
        read.Currency.ShouldBe(currency);
        decimal.Parse(read.Fields["total"]!).ShouldBe(decimal.Parse(total));
        read.Fields["status"].ShouldBe("draft");
        read.Fields["metadata.cf_key"].ShouldBe("keyinvoice");
        read.Fields["metadata.cf_subject"].ShouldBe("asana:1200:project:7");
        read.References.Single().ShouldSatisfyAllConditions(r => r.Field.ShouldBe("client"), r => r.Ids.ShouldBe([customer.Id]));
        Sandbox.Stripe.Invoices.Count(i => i.Customer.Id == customer.Id).ShouldBe(1);
        ShouldFollowTheDescription();
    }

    [Fact]
    public async Task An_invoice_tells_what_it_asks_for_with_tax_and_without()
    {
        var invoice = Sandbox.Stripe.AddInvoice(Sandbox.Stripe.AddCustomer("Globex", "ap@globex.example"), "gbp", [("Work", 100_000)], taxPercent: 20);

        var read = (await Reads.ReadAsync(RecordKind.Invoice, [invoice.Id], Stop)).Value.Records.Single();

        decimal.Parse(read.Fields["total"]!).ShouldBe(1_200);
        decimal.Parse(read.Fields["total_excluding_tax"]!).ShouldBe(1_000);
        Type.Manifest.Streams.Single(stream => stream.Kind == RecordKind.Invoice).Mapping.ShouldContain(map => map.Field == "net" && map.From == "total_excluding_tax");
        ShouldFollowTheDescription();
    }

    [Fact]
    public async Task A_stored_500_is_looked_up_and_then_sent_under_a_new_key()
    {
        var first = Call("customer", Acme);
        var frozen = (await Acts.PrepareAsync(first, Stop)).Value.ShouldBeOfType<Preparation.Send>().Call;
        Sandbox.Stripe.FailNext("customers");

        (await Acts.SendAsync(first, frozen, Stop)).Failure!.Kind.ShouldBe(FailureKind.Uncertain);
        (await Acts.SendAsync(first, frozen, Stop)).Failure!.Kind.ShouldBe(FailureKind.Uncertain);
        (await Acts.LookUpAsync(first, frozen, Stop)).Value.ShouldBeNull();

        var made = await DoAsync(first with { Revision = 2 });
        Sandbox.Stripe.Customers.Single(c => c.Email == Acme.Email).Id.ShouldBe(made.Id);
    }

    [Fact]
    public async Task The_same_call_twice_makes_one_invoice()
    {
        var customer = await DoAsync(Call("customer", Acme));
        var call = Call("invoice", new InvoiceContent(customer.Id, "GBP", 14, "Work", "s"));
        var frozen = (await Acts.PrepareAsync(call, Stop)).Value.ShouldBeOfType<Preparation.Send>().Call;

        var (one, two) = ((await Acts.SendAsync(call, frozen, Stop)).Value, (await Acts.SendAsync(call, frozen, Stop)).Value);

        two.Id.ShouldBe(one.Id);
        Sandbox.Stripe.Invoices.Count(i => i.Customer.Id == customer.Id).ShouldBe(1);
    }

    [Fact]
    public async Task A_customer_who_is_there_is_adopted_whatever_the_case_of_the_address()
    {
        var known = Sandbox.Stripe.AddCustomer("Acme", "billing@acme.example");

        var found = await DoAsync(Call("customer", Acme with { Email = "Billing@Acme.example" }));

        found.ShouldSatisfyAllConditions(r => r.Id.ShouldBe(known.Id), r => r.Adopted.ShouldBeTrue());
    }

    [Fact]
    public async Task A_poll_brings_hints_of_invoices_only_and_costs_one_call_when_nothing_happened()
    {
        var (_, cursor) = await ListAllAsync(Stream);
        MakeRecord();

        var page = (await Reads.PollAsync(Stream, cursor, Stop)).Value;
        page.Hints.Select(h => h.Kind).Distinct().ShouldBe([RecordKind.Invoice]);

        var calls = Sandbox.Stripe.Requests.All.Count;
        (await Reads.PollAsync(Stream, page.Next, Stop)).Value.ShouldSatisfyAllConditions(p => p.Hints.ShouldBeEmpty(), p => p.More.ShouldBeFalse());
        (Sandbox.Stripe.Requests.All.Count - calls).ShouldBe(1);
    }

    [Fact]
    public async Task A_key_that_may_only_read_is_told_what_to_change()
    {
        var reader = Type.Open(Http.Tool.Context(
            Type, new StripeSettings(new Secret(ClientFlow.Sync.Sandbox.Stripe.StripeTool.ReadOnlyKey), null), Http.Tool.Transport(), TimeProvider.System,
            new Uri(Twin.BaseUrl)));
        var call = Call("customer", Acme);
        var frozen = (await ((IActs)reader).PrepareAsync(call, Stop)).Value.ShouldBeOfType<Preparation.Send>().Call;

        var refused = (await ((IActs)reader).SendAsync(call, frozen, Stop)).Failure!;

        refused.Kind.ShouldBe(FailureKind.Rejected);
        refused.Message.ShouldContain("permission");
    }

    [Fact]
    public async Task A_locked_object_is_tried_again()
    {
        var call = Call("customer", Acme);
        var frozen = (await Acts.PrepareAsync(call, Stop)).Value.ShouldBeOfType<Preparation.Send>().Call;
        Twin.Faults.Add(ClientFlow.Sync.Sandbox.Stripe.StripeTool.LockTimeout(), "POST", "customers");

        (await Acts.SendAsync(call, frozen, Stop)).Failure!.NextMove.ShouldBe(NextMove.Retry);
        (await Acts.SendAsync(call, frozen, Stop)).Value.Id.ShouldStartWith("cus_");
    }

    protected override object Settings(bool wrongToken) => new StripeSettings(new Secret(wrongToken ? "sk_wrong" : SandboxOptions.StripeKey), null);

    protected override string MakeRecord() =>
        Sandbox.Stripe.AddInvoice(Sandbox.Stripe.AddCustomer("Globex", "ap@globex.example"), "gbp", [("Work", 125_000)]).Id;

    protected override string ChangeRecord(string id)
    {
        Do("finalize-invoice", id);
        return "open";
    }

    protected override void DeleteRecord(string id) => Do("delete-invoice", id);

    private void Do(string action, string id) => Twin.Actions.Single(a => a.Name == action).Run(new() { ["invoice"] = id });
}
