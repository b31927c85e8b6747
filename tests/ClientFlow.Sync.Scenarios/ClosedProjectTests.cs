using ClientFlow.Sync.Sandbox.Stripe;
using ClientFlow.Sync.Scenarios.Harness;

namespace ClientFlow.Sync.Scenarios;

public sealed class BilledBusiness() : SharedBusiness(new FlowOptions());

/// <summary>A project is closed: what the business finds in its invoicing tool a moment later.</summary>
public sealed class ClosedProjectTests(BilledBusiness business) : Scenario(business), IClassFixture<BilledBusiness>
{
    [Theory]
    [InlineData("4800.00", "GBP", 480000, Traits = ["Takes", "long"])]
    [InlineData("0.01", "GBP", 1, Traits = ["Takes", "long"])]
    [InlineData("1234.56", "GBP", 123456, Traits = ["Takes", "long"])]
    [InlineData("1200000", "JPY", 1200000, Traits = ["Takes", "long"])]
    [InlineData("1250.37", "KWD", 1250370)]
    public async Task A_closed_project_becomes_one_draft_to_the_cent(string amount, string currency, long units)
    {
        var deal = Office.NewDeal($"Client of {amount} {currency}", $"Work for {amount} {currency}", amount, currency);

        await CloseAsync(deal);

        var invoice = await DraftOfAsync(deal);
        invoice.Total.ShouldBe(units);
        invoice.Currency.ShouldBe(currency.ToLowerInvariant());
        invoice.Status.ShouldBe("draft");
        invoice.AutoAdvance.ShouldBeFalse();
        invoice.CollectionMethod.ShouldBe("send_invoice");
        invoice.DaysUntilDue.ShouldBe(14);
        invoice.Items.ShouldHaveSingleItem().Description.ShouldBe(deal.Name);
        invoice.Customer.Email.ShouldBe(deal.Email);
        invoice.Customer.Name.ShouldBe(deal.Client);
        await Flow.SettleAsync();
        Office.InvoicesOf(deal).ShouldHaveSingleItem();
        Office.CustomersOf(deal).ShouldHaveSingleItem();
    }

    [Fact, Trait("Takes", "long")]
    public async Task An_amount_that_the_tool_cannot_carry_is_asked_about_and_never_rounded()
    {
        var deal = Office.NewDeal("Al-Salam Trading", "Fair stand", "1250.375", "KWD");

        await CloseAsync(deal);
        await Flow.WaitingHandoffAsync(deal.Name);
        await Flow.SettleAsync();

        Office.InvoicesOf(deal).ShouldAllBe(invoice => invoice.Total == 0);
    }

    [Fact, Trait("Takes", "long")]
    public async Task A_close_whose_webhook_was_lost_is_found_by_the_next_poll_although_the_subscription_stands()
    {
        var deal = Office.NewDeal("Opal Optics", "Shop window");
        Office.Win(deal);
        var project = await Flow.UntilAsync("linked project", () => Office.LinkedProjectOf(deal));
        await Flow.UntilAsync("Asana's subscription", () => Flow.Sandbox.Asana.State()["webhooks"]!.AsArray().Count == 1);
        await Flow.Sandbox.WhenIdleAsync(TestContext.Current.CancellationToken);

        Flow.Sandbox.Asana.Webhooks.Switches.Drop = true;
        try
        {
            Flow.Sandbox.Asana.World.CompleteProject(project.Gid);
            await DraftOfAsync(deal);
        }
        finally
        {
            Flow.Sandbox.Asana.Webhooks.Switches.Drop = false;
        }
    }

    [Fact, Trait("Takes", "long")]
    public async Task A_customer_with_the_clients_address_is_billed_and_not_doubled()
    {
        var known = Flow.Sandbox.Stripe.AddCustomer("Ada, as the bookkeeper calls her", "ada@orchid.example");
        var deal = Office.NewDeal("Orchid Hotels", "Lobby signs", email: "ada@orchid.example");

        await CloseAsync(deal);

        (await DraftOfAsync(deal)).Customer.Id.ShouldBe(known.Id);
        Office.CustomersOf(deal).ShouldHaveSingleItem();
    }

    [Fact, Trait("Takes", "long")]
    public async Task Of_two_customers_with_one_address_a_person_chooses()
    {
        var world = Flow.Sandbox.Stripe;
        world.AddCustomer("Basalt Ltd", "office@basalt.example");
        world.AddCustomer("Basalt (old)", "office@basalt.example");
        var deal = Office.NewDeal("Basalt Ltd", "Price list", email: "office@basalt.example");

        await CloseAsync(deal);
        var page = await Flow.UntilPageSaysAsync("2 customers with the e-mail office@basalt.example");
        await Flow.SettleAsync();

        page.ShouldContain("Basalt (old)");
        Office.InvoicesOf(deal).ShouldBeEmpty();
        Office.CustomersOf(deal).Count.ShouldBe(2);
    }

    [Fact, Trait("Takes", "long")]
    public async Task The_next_deal_of_a_client_bills_the_same_customer()
    {
        var deal = Office.NewDeal("Cobalt Cycles", "Shop fitting", "3000.00");
        await CloseAsync(deal);
        var first = await DraftOfAsync(deal);
        first.Total.ShouldBe(300000);

        var next = Office.Another(deal, "Window display", "900.00");
        await CloseAsync(next);

        var second = await DraftOfAsync(next);
        second.Total.ShouldBe(90000);
        second.Customer.Id.ShouldBe(first.Customer.Id);
        Office.CustomersOf(deal).ShouldHaveSingleItem();
    }

    [Fact, Trait("Takes", "long")]
    public async Task A_draft_that_a_person_deleted_is_not_written_again()
    {
        var deal = Office.NewDeal("Jade Cinema", "Foyer", "3000.00");
        await CloseAsync(deal);
        var draft = await DraftOfAsync(deal);

        Flow.Sandbox.Stripe.Actions.Single(action => action.Name == "delete-invoice").Run(new() { ["invoice"] = draft.Id });
        await Flow.SettleAsync();

        Office.InvoicesOf(deal).ShouldBeEmpty();
    }

    [Fact, Trait("Takes", "long")]
    public async Task A_twin_that_somebody_wrote_by_hand_is_asked_about()
    {
        var deal = Office.NewDeal("Delft Tiles", "Sample book", "700.00", email: "ada@delft.example");
        var customer = Flow.Sandbox.Stripe.AddCustomer("Delft Tiles", "ada@delft.example");
        await Office.LaterAsync(); // Stripe counts seconds: in the deal's own second the invoice would look older than the deal.
        Flow.Sandbox.Stripe.AddInvoice(customer, "gbp", [("Sample book, by hand", 70000)], "open");
        await Flow.SettleAsync();

        await CloseAsync(deal);
        await Flow.WaitingHandoffAsync(deal.Name);
        await Flow.SettleAsync();

        Office.InvoicesOf(deal).ShouldBeEmpty();
    }

    [Fact, Trait("Takes", "long")]
    public async Task A_project_that_is_only_archived_bills_nobody()
    {
        var deal = Office.NewDeal("Ember Glass", "Labels");
        Office.Win(deal);
        var project = await Flow.UntilAsync("linked project", () => Office.LinkedProjectOf(deal));

        Flow.Sandbox.Asana.World.ArchiveProject(project.Gid);
        await Flow.SettleAsync();

        Office.InvoicesOf(deal).ShouldBeEmpty();
    }

    private async Task CloseAsync(Deal deal)
    {
        Office.Win(deal);
        var project = await Flow.UntilAsync("linked project", () => Office.LinkedProjectOf(deal));
        Flow.Sandbox.Asana.World.CompleteProject(project.Gid);
    }

    private Task<StripeInvoice> DraftOfAsync(Deal deal) => Flow.UntilAsync($"draft for {deal.Name}", () => Office.FinishedInvoiceOf(deal));
}

/// <summary>A deposit was billed when the deal was won: what the closing invoice comes to.</summary>
[Trait("Takes", "long")]
public sealed class DepositTests
{
    private const string Deposit = """
          deposit:
                when: { deal.stage: won }
                create:
                  invoice: { in: billing, dueIn: 7d, lines: [ { text: "Deposit for {{deal.name}}", amount: 1000.10 } ] }
        """;

    [Fact]
    public async Task What_was_billed_before_is_taken_off_the_rest()
    {
        await using var flow = await Flow.StartAsync(new FlowOptions { MoreHandoffs = Deposit });
        var deal = flow.Office.NewDeal("Kestrel Air", "Hangar", "4800.00");
        flow.Office.Win(deal);
        var project = await flow.UntilAsync("linked project", () => flow.Office.LinkedProjectOf(deal));
        var deposit = await flow.UntilAsync("deposit", () =>
            flow.Sandbox.Stripe.Invoices.FirstOrDefault(invoice => invoice.Description == "Deposit for Hangar" && invoice.Items.Count == 1));
        await flow.SettleAsync();

        flow.Sandbox.Asana.World.CompleteProject(project.Gid);

        var rest = await flow.UntilAsync("draft", () => flow.Office.FinishedInvoiceOf(deal));
        deposit.Total.ShouldBe(100010);
        deposit.DaysUntilDue.ShouldBe(7);
        rest.Total.ShouldBe(379990);
        rest.Customer.Id.ShouldBe(deposit.Customer.Id);
        flow.Office.CustomersOf(deal).ShouldHaveSingleItem();
        flow.ShouldHaveFollowedTheSpecs();
    }
}
