using ClientFlow.Sync.Sandbox.GoogleCalendar;
using ClientFlow.Sync.Sandbox.Tests.Bench;
using ClientFlow.Sync.Sandbox.World;

namespace ClientFlow.Sync.Sandbox.Tests.Stripe;

public sealed class SeededBillingTests
{
    [Fact]
    public async Task The_small_business_has_billed_in_pounds_yen_and_dinars()
    {
        await using var sandbox = await SandboxHost.StartAsync(new SandboxOptions { Clock = new HandClock() }, TestContext.Current.CancellationToken);

        var invoices = sandbox.Stripe.Invoices;
        invoices.Select(invoice => invoice.Currency).Distinct().Order().ShouldBe(["gbp", "jpy", "kwd"]);
        invoices.Select(invoice => invoice.Status).Distinct().Order().ShouldBe(["draft", "open", "paid", "void"]);
        invoices.ShouldAllBe(invoice => invoice.Created < sandbox.Options.Clock.GetUtcNow().ToUnixTimeSeconds());
        invoices.ShouldContain(invoice => invoice.Status == "open" && invoice.DueDate < sandbox.Options.Clock.GetUtcNow().ToUnixTimeSeconds());
        var emails = SmallBusiness.Clients.Select(client => client.Email).ToList();
        sandbox.Stripe.Customers.Count(customer => emails.Contains(customer.Email!)).ShouldBe(5);
        sandbox.Stripe.Customers.ShouldContain(customer => customer.Email == "maeve.oconnor@oconnor.example");
    }

    [Fact]
    public async Task Each_account_manager_has_a_calendar()
    {
        await using var sandbox = await SandboxHost.StartAsync(new SandboxOptions { Clock = new HandClock() }, TestContext.Current.CancellationToken);

        sandbox.GoogleCalendar.Calendars.Where(calendar => calendar.AccessRole == "owner").Select(calendar => calendar.Id)
            .ShouldBe([GoogleCalendarTool.Owner, .. SmallBusiness.Managers.Select(manager => manager.Email)]);
        sandbox.GoogleCalendar.EventsOf(SmallBusiness.Managers[1].Email).ShouldHaveSingleItem()["start"]!["dateTime"]!.ToString().ShouldBe("2027-03-05T09:00:00-05:00");
    }

    [Fact]
    public async Task Drafts_are_finalised_and_invoices_paid_in_the_course_of_the_quarter()
    {
        await using var sandbox = await SandboxHost.StartAsync(new SandboxOptions { Clock = new HandClock() }, TestContext.Current.CancellationToken);

        foreach (var step in QuarterScript.Steps.Where(step => step.What.EndsWith("invoice", StringComparison.Ordinal)))
            step.Act(sandbox, sandbox.Options.Clock.GetUtcNow()).ShouldBeTrue(step.What);

        sandbox.Stripe.Invoices.ShouldNotContain(invoice => invoice.Status == "draft");
        sandbox.Stripe.Invoices.Count(invoice => invoice.Status == "paid").ShouldBe(5);
    }
}
