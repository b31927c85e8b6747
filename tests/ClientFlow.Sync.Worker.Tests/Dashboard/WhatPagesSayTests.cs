using System.Net;
using System.Text.RegularExpressions;
using ClientFlow.Sync.Testing.Builders;

namespace ClientFlow.Sync.Worker.Tests.Dashboard;

/// <summary>What the pages say of handoffs that wait, or that nothing will come of.</summary>
public sealed class WhatPagesSayTests
{
    [Fact]
    public async Task The_link_to_all_of_a_handoff_leads_to_its_details()
    {
        await using var business = await Remembering.StartAsync(approve: true);
        await business.KnowAsync(A.Deal().Won());
        var handoff = await business.PlanAsync("won-deal-to-project", A.Deal());
        var entry = (await business.JournalAsync()).First(e => e.Handoff == handoff);

        var html = await business.HtmlAsync($"/log/{entry.Id}");

        var link = Regex.Match(html, "href=\"([^\"]*)\">all of this handoff");
        WebUtility.HtmlDecode(link.Groups[1].Value).ShouldBe($"/log?handoff={handoff}&level=detail");
    }

    [Theory]
    [InlineData("/needs-you")]
    [InlineData("/")]
    [InlineData("/handoffs/{0}")]
    public async Task What_a_yes_to_a_project_makes_stands_on_its_card(string page)
    {
        await using var business = await Remembering.StartAsync(approve: true);
        var deal = A.Deal().Won().EndsOn("2027-05-03");
        await business.KnowAsync(deal);
        var handoff = await business.PlanAsync("won-deal-to-project", deal);

        (await business.TextAsync(string.Format(null, page, handoff)))
            .ShouldContain("A yes makes: the project “Acme – Website” with 2 checklist tasks, ending on 3 May 2027, led by jane@northwind.example");
    }

    [Fact]
    public async Task What_a_yes_to_an_invoice_bills_stands_on_its_card()
    {
        await using var business = await Remembering.StartAsync(approve: true);
        var project = A.Project().Closed();
        await business.KnowAsync(A.Deal().Won(), project);
        await business.PlanAsync("closed-project-to-invoice", A.Deal());

        (await business.TextAsync("/needs-you"))
            .ShouldContain("A yes makes: an invoice to Acme, a new customer, over GBP 9,240.00 (Website GBP 9,000.00, Hosting GBP 240.00), due in 14 days");
    }

    [Fact]
    public async Task What_a_yes_to_a_reminder_puts_where_stands_on_its_card_in_the_business_s_time()
    {
        await using var business = await Remembering.StartAsync(approve: true);
        var project = A.Project().EndsOn("2027-06-16");
        await business.KnowAsync(A.Deal().Won(), project);
        await business.PlanAsync("renewal-reminder", A.Deal());

        var page = await business.TextAsync("/needs-you");

        page.ShouldContain("Put this reminder into the tool calendar ?");
        page.ShouldContain("A yes makes: the reminder “Renewal: Acme” for jane@northwind.example on Mon 17 May 2027, 09:00 (Europe/London)");
    }

    [Fact]
    public async Task What_waits_for_a_read_only_tool_is_listed_with_what_it_would_make_and_not_among_what_lacks_a_fact()
    {
        await using var business = await Remembering.StartAsync(readOnly: "calendar");
        await business.KnowAsync(A.Deal().Won(), A.Project().EndsOn("2027-06-16"));
        var handoff = await business.PlanAsync("renewal-reminder", A.Deal());

        var held = await business.TextAsync("/needs-you", section: "held");

        held.ShouldContain("The tool is connected read-only, or the rule is paused");
        held.ShouldContain("calendar is connected read-only: take readOnly: true off to let it run");
        held.ShouldContain("Would make: the reminder “Renewal: Acme” for jane@northwind.example on Mon 17 May 2027, 09:00 (Europe/London)");
        (await business.TextAsync("/needs-you")).ShouldNotContain("go on by themselves");
        (await business.TextAsync($"/handoffs/{handoff}")).ShouldContain("Would make: the reminder “Renewal: Acme”");
        (await business.TextAsync("/")).ShouldContain("1 waits while a tool is read-only or a rule is paused");
    }

    [Fact]
    public async Task What_a_paused_rule_holds_is_not_said_to_go_on_by_itself()
    {
        await using var business = await Remembering.StartAsync();
        await business.KnowAsync(A.Deal().Won(), A.Project().EndsOn("2027-06-16"));
        await business.PauseAsync("renewal-reminder");
        await business.PlanAsync("renewal-reminder", A.Deal());

        (await business.TextAsync("/needs-you", section: "held")).ShouldContain("renewal-reminder was paused by");
        (await business.TextAsync("/needs-you")).ShouldNotContain("go on by themselves");
    }

    [Fact]
    public async Task What_lacks_a_fact_is_said_to_go_on_by_itself()
    {
        await using var business = await Remembering.StartAsync(readOnly: "billing");
        await business.KnowAloneAsync(A.Project());
        await business.PlanAsync("renewal-reminder", A.Project());

        (await business.TextAsync("/needs-you", section: "waiting")).ShouldContain("go on by themselves");
        (await business.TextAsync("/needs-you")).ShouldNotContain("read-only");
    }

    [Fact]
    public async Task What_waits_with_no_title_is_called_by_its_subject()
    {
        await using var business = await Remembering.StartAsync();
        await business.KnowAloneAsync(A.Project().Named("Spring catalogue"));
        var handoff = await business.PlanAsync("renewal-reminder", A.Project());

        (await business.HtmlAsync("/needs-you")).ShouldContain($"<a href=\"/handoffs/{handoff}\">Spring catalogue</a>");
        (await business.TextAsync("/log")).ShouldContain("Spring catalogue waiting: ");
    }

    [Fact]
    public async Task A_deal_won_before_the_rule_was_armed_is_a_person_s_to_decide_about()
    {
        await using var business = await Remembering.StartAsync();
        await business.KnowAsync(A.Deal().Won());
        await business.PlanAsync("won-deal-to-project", A.Deal(), arming: true);

        var page = await business.TextAsync($"/clients/{A.Client().Ref}");

        page.ShouldNotContain("as soon as a rule calls for it");
        page.ShouldContain("You Make the project, if there is to be one: the deal was won before the rule was armed, so none is made by itself");
        page.ShouldContain("Website: left alone, it was so when the rule was armed");
    }

    [Fact]
    public async Task A_tool_s_cursor_is_nobody_s_to_read()
    {
        await using var business = await Remembering.StartAsync();

        (await business.TextAsync("/tools")).ShouldNotContain("Cursor");
    }

    [Fact]
    public async Task Moments_in_the_log_s_words_are_in_the_business_s_time()
    {
        await using var business = await Remembering.StartAsync();
        await business.WriteAsync("billing: invoice NW-1: paidAt became 2026-07-01T08:57:46Z");

        (await business.TextAsync("/log")).ShouldContain("paidAt became 1 Jul 2026 09:57");
    }
}
