using ClientFlow.Sync.Sandbox.World;
using System.Text.Json.Nodes;

namespace ClientFlow.Sync.Sandbox.Tests.Stripe;

public sealed class StripeInvoiceTests
{
    [Fact]
    public async Task A_draft_is_made_line_by_line_and_adds_up()
    {
        await using var stripe = await StripeBench.StartAsync();
        var customer = await stripe.CustomerAsync();

        var id = await stripe.DraftAsync(customer, "currency=gbp&pending_invoice_items_behavior=exclude&metadata[cf_key]=cf:project:7:invoice&description=Website");
        (await stripe.PostAsync("/v1/invoiceitems", $"customer={customer}&invoice={id}&amount=15000&currency=gbp&description=Design")).Ok();
        (await stripe.PostAsync("/v1/invoiceitems", $"customer={customer}&invoice={id}&unit_amount=250&quantity=3&currency=gbp&description=Hours")).Ok();

        var draft = (await stripe.GetAsync($"/v1/invoices/{id}")).Ok().Json;
        ((string?)draft["status"]).ShouldBe("draft");
        ((long)draft["total"]!).ShouldBe(15750);
        ((long)draft["amount_remaining"]!).ShouldBe(15750);
        ((long)draft["due_date"]!).ShouldBe((long)draft["created"]! + (14 * 86_400));
        draft["number"].ShouldBeNull();
        draft["lines"]!["data"]!.AsArray().Select(line => (string)line!["description"]!).ShouldBe(["Design", "Hours"]);
        ((string?)draft["metadata"]!["cf_key"]).ShouldBe("cf:project:7:invoice");
    }

    [Fact]
    public async Task A_text_of_an_invoice_has_at_most_1500_characters()
    {
        await using var stripe = await StripeBench.StartAsync();
        var customer = await stripe.CustomerAsync();

        await stripe.DraftAsync(customer, $"description={new string('x', 1500)}");
        (await stripe.PostAsync("/v1/invoices", $"customer={customer}&collection_method=send_invoice&days_until_due=14&description={new string('x', 1501)}"))
            .Refused(400, "parameter_invalid_string");
    }

    [Fact]
    public async Task Tax_that_the_owner_puts_on_a_draft_is_on_top_and_told_apart()
    {
        await using var stripe = await StripeBench.StartAsync();
        var customer = await stripe.CustomerAsync();
        var id = await stripe.DraftAsync(customer, "currency=gbp");
        (await stripe.PostAsync("/v1/invoiceitems", $"customer={customer}&invoice={id}&amount=100000&currency=gbp")).Ok();

        stripe.Tool.Actions.Single(action => action.Name == "tax-invoice").Run(new JsonObject { ["invoice"] = id, ["percent"] = 20 });

        var draft = (await stripe.GetAsync($"/v1/invoices/{id}")).Ok().Json;
        ((long)draft["total"]!).ShouldBe(120_000);
        ((long)draft["total_excluding_tax"]!).ShouldBe(100_000);
        ((long)draft["tax"]!).ShouldBe(20_000);
        ((long)draft["amount_due"]!).ShouldBe(120_000);
    }

    [Fact]
    public async Task Pending_items_wait_for_an_invoice_that_includes_them()
    {
        await using var stripe = await StripeBench.StartAsync();
        var customer = await stripe.CustomerAsync();
        (await stripe.PostAsync("/v1/invoiceitems", $"customer={customer}&amount=100&currency=gbp&description=first")).Ok();
        (await stripe.PostAsync("/v1/invoiceitems", $"customer={customer}&amount=200&currency=gbp&description=second")).Ok();

        var without = await stripe.DraftAsync(customer, "pending_invoice_items_behavior=exclude");
        var with = await stripe.DraftAsync(customer, "pending_invoice_items_behavior=include");

        stripe.Tool.Invoices.Single(invoice => invoice.Id == without).Total.ShouldBe(0);
        stripe.Tool.Invoices.Single(invoice => invoice.Id == with).Items.Select(item => item.Description).ShouldBe(["second", "first"]);
        (await stripe.GetAsync("/v1/invoiceitems?pending=true")).Ok().Ids.ShouldBeEmpty();
        (await stripe.PostAsync("/v1/invoices", $"customer={customer}&pending_invoice_items_behavior=include_and_require")).Refused(400, "invoice_no_customer_line_items");
    }

    [Theory]
    [InlineData("", "parameter_missing", "customer")]
    [InlineData("customer=cus_no", "resource_missing", "customer")]
    [InlineData("customer={c}&collection_method=send_invoice", "parameter_missing", "days_until_due")]
    [InlineData("customer={c}&days_until_due=5", null, "days_until_due")]
    [InlineData("customer={c}&collection_method=send_invoice&days_until_due=soon", "parameter_invalid_integer", "days_until_due")]
    [InlineData("customer={c}&collection_method=send_invoice&due_date=1000", null, "due_date")]
    [InlineData("customer={c}&collection_method=pigeon", null, "collection_method")]
    [InlineData("customer={c}&currency=xyz", null, "currency")]
    [InlineData("customer={c}&auto_advance=perhaps", null, "auto_advance")]
    public async Task A_draft_that_Stripe_would_not_make_is_refused(string form, string? code, string param)
    {
        await using var stripe = await StripeBench.StartAsync();
        var customer = await stripe.CustomerAsync();

        (await stripe.PostAsync("/v1/invoices", form.Replace("{c}", customer, StringComparison.Ordinal))).Refused(400, code, param);
        stripe.Tool.Invoices.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_item_must_be_in_the_currency_of_its_invoice()
    {
        await using var stripe = await StripeBench.StartAsync();
        var customer = await stripe.CustomerAsync();
        var invoice = await stripe.DraftAsync(customer);

        (await stripe.PostAsync("/v1/invoiceitems", $"customer={customer}&invoice={invoice}&amount=100&currency=jpy")).Refused(400, param: "currency");
        (await stripe.PostAsync("/v1/invoiceitems", $"customer={customer}&invoice={invoice}&amount=100")).Refused(400, "parameter_missing", "currency");
        (await stripe.PostAsync("/v1/invoiceitems", $"customer={customer}&invoice={invoice}&amount=1.5&currency=gbp")).Refused(400, "parameter_invalid_integer", "amount");
        (await stripe.PostAsync("/v1/invoiceitems", $"customer={customer}&invoice={invoice}&amount=100000000&currency=gbp")).Refused(400, "amount_too_large");
    }

    [Fact]
    public async Task Whether_one_customer_may_mix_currencies_is_a_switch()
    {
        await using var stripe = await StripeBench.StartAsync();
        var customer = await stripe.CustomerAsync();
        await stripe.DraftAsync(customer, "currency=gbp");

        (await stripe.PostAsync("/v1/invoices", $"customer={customer}&currency=jpy")).Refused(400, param: "currency");
        stripe.Tool.Behaviour.OneCurrencyPerCustomer = false;
        (await stripe.PostAsync("/v1/invoices", $"customer={customer}&currency=jpy")).Ok();
    }

    [Fact]
    public async Task Dinars_end_in_zero_unless_the_switch_says_otherwise()
    {
        await using var stripe = await StripeBench.StartAsync();
        var customer = await stripe.CustomerAsync();
        var invoice = await stripe.DraftAsync(customer, "currency=kwd");
        var item = $"customer={customer}&invoice={invoice}&currency=kwd&amount=1234567";

        (await stripe.PostAsync("/v1/invoiceitems", item)).Refused(400, param: "amount");
        (await stripe.PostAsync("/v1/invoiceitems", item.Replace("567", "560", StringComparison.Ordinal))).Ok();
        stripe.Tool.Behaviour.ThreeDecimalAmountsEndInZero = false;
        (await stripe.PostAsync("/v1/invoiceitems", item)).Ok();
    }

    [Fact]
    public async Task An_invoice_goes_from_draft_to_open_to_paid()
    {
        await using var stripe = await StripeBench.StartAsync();
        var customer = await stripe.CustomerAsync();

        var id = await stripe.OpenAsync(customer);
        var open = (await stripe.GetAsync($"/v1/invoices/{id}")).Ok().Json;
        ((string?)open["status"]).ShouldBe("open");
        ((string?)open["number"])!.ShouldEndWith("-0001");
        ((string?)open["hosted_invoice_url"])!.ShouldEndWith($"/objects/invoices/{id}");

        (await stripe.PostAsync($"/v1/invoices/{id}/pay")).Refused(400, "resource_missing");
        var paid = (await stripe.PostAsync($"/v1/invoices/{id}/pay", "paid_out_of_band=true")).Ok().Json;
        ((string?)paid["status"]).ShouldBe("paid");
        ((bool)paid["paid_out_of_band"]!).ShouldBeTrue();
        ((long)paid["amount_remaining"]!).ShouldBe(0);
        paid["status_transitions"]!["paid_at"].ShouldNotBeNull();
        (await stripe.PostAsync($"/v1/invoices/{id}/pay", "paid_out_of_band=true")).Refused(400);
    }

    [Theory]
    [InlineData(true, 15000)]
    [InlineData(false, 0)]
    public async Task Whether_money_outside_Stripe_counts_as_amount_paid_is_a_switch(bool counts, long paid)
    {
        await using var stripe = await StripeBench.StartAsync(behaviour => behaviour.OutOfBandCountsAsAmountPaid = counts);
        var id = await stripe.OpenAsync(await stripe.CustomerAsync());

        var json = (await stripe.PostAsync($"/v1/invoices/{id}/pay", "paid_out_of_band=true")).Ok().Json;

        ((long)json["amount_paid"]!).ShouldBe(paid);
        ((long)json["amount_remaining"]!).ShouldBe(0);
    }

    [Fact]
    public async Task A_final_invoice_can_no_longer_be_edited_or_deleted_only_voided()
    {
        await using var stripe = await StripeBench.StartAsync();
        var customer = await stripe.CustomerAsync();
        var id = await stripe.OpenAsync(customer);

        (await stripe.PostAsync($"/v1/invoices/{id}", "description=new")).Refused(400, "invoice_not_editable");
        (await stripe.PostAsync($"/v1/invoices/{id}", "metadata[seen]=yes")).Ok();
        (await stripe.PostAsync("/v1/invoiceitems", $"customer={customer}&invoice={id}&amount=1&currency=gbp")).Refused(400, "invoice_not_editable");
        (await stripe.DeleteAsync($"/v1/invoices/{id}")).Refused(400);
        (await stripe.PostAsync($"/v1/invoices/{id}/finalize")).Refused(400, "invoice_not_editable");
        ((string?)(await stripe.PostAsync($"/v1/invoices/{id}/void")).Ok().Json["status"]).ShouldBe("void");
        (await stripe.PostAsync($"/v1/invoices/{id}/void")).Refused(400);
    }

    [Fact]
    public async Task A_draft_can_be_edited_and_deleted_with_its_lines()
    {
        await using var stripe = await StripeBench.StartAsync();
        var customer = await stripe.CustomerAsync();
        var id = await stripe.DraftAsync(customer);
        var item = (await stripe.PostAsync("/v1/invoiceitems", $"customer={customer}&invoice={id}&amount=100&currency=gbp")).Ok().Id;
        var second = (await stripe.PostAsync("/v1/invoiceitems", $"customer={customer}&invoice={id}&amount=50&currency=gbp")).Ok().Id;

        (await stripe.PostAsync($"/v1/invoices/{id}", "days_until_due=30&description=Later")).Ok();
        (await stripe.PostAsync($"/v1/invoiceitems/{item}", "amount=120")).Ok();
        (await stripe.DeleteAsync($"/v1/invoiceitems/{second}")).Ok();
        stripe.Tool.Invoices.Single().Total.ShouldBe(120);

        (await stripe.DeleteAsync($"/v1/invoices/{id}")).Ok();
        (await stripe.GetAsync($"/v1/invoices/{id}")).Refused(404, "resource_missing");
        (await stripe.GetAsync($"/v1/invoiceitems/{item}")).Refused(404);
    }

    [Fact]
    public async Task Sending_finalises_and_needs_an_address()
    {
        await using var stripe = await StripeBench.StartAsync();
        var mailless = (await stripe.PostAsync("/v1/customers", "name=Nobody")).Ok().Id;
        var unsent = await stripe.DraftAsync(mailless);
        (await stripe.PostAsync($"/v1/invoices/{unsent}/send")).Refused(400);

        var customer = await stripe.CustomerAsync();
        var id = await stripe.DraftAsync(customer);
        (await stripe.PostAsync("/v1/invoiceitems", $"customer={customer}&invoice={id}&amount=100&currency=gbp")).Ok();
        ((string?)(await stripe.PostAsync($"/v1/invoices/{id}/send")).Ok().Json["status"]).ShouldBe("open");
        stripe.Tool.Events.ShouldContain(happened => happened.Type == "invoice.sent");
    }

    [Fact]
    public async Task An_invoice_for_nothing_is_paid_when_it_is_finalised()
    {
        await using var stripe = await StripeBench.StartAsync();
        var id = await stripe.DraftAsync(await stripe.CustomerAsync());

        ((string?)(await stripe.PostAsync($"/v1/invoices/{id}/finalize")).Ok().Json["status"]).ShouldBe("paid");
    }

    [Fact]
    public async Task A_credit_on_the_customers_balance_is_used_up_first()
    {
        await using var stripe = await StripeBench.StartAsync();
        var customer = (await stripe.PostAsync("/v1/customers", "name=Ada&balance=-5000")).Ok().Id;

        var id = await stripe.OpenAsync(customer);

        var open = (await stripe.GetAsync($"/v1/invoices/{id}")).Ok().Json;
        ((long)open["total"]!).ShouldBe(15000);
        ((long)open["amount_due"]!).ShouldBe(10000);
        ((long)open["ending_balance"]!).ShouldBe(0);
    }

    [Fact]
    public async Task Only_ten_lines_travel_with_the_invoice_and_the_rest_is_paged()
    {
        await using var stripe = await StripeBench.StartAsync();
        var customer = await stripe.CustomerAsync();
        var id = await stripe.DraftAsync(customer);
        for (var line = 0; line < 12; line++)
            (await stripe.PostAsync("/v1/invoiceitems", $"customer={customer}&invoice={id}&amount=1&currency=gbp&description=line{line}")).Ok();

        var embedded = (await stripe.GetAsync($"/v1/invoices/{id}")).Ok().Json["lines"]!;
        embedded["data"]!.AsArray().Count.ShouldBe(10);
        ((bool)embedded["has_more"]!).ShouldBeTrue();
        var last = (string)embedded["data"]![9]!["id"]!;
        var rest = (await stripe.GetAsync($"/v1/invoices/{id}/lines?starting_after={last}")).Ok();
        rest.Data.Select(line => (string)line["description"]!).ShouldBe(["line10", "line11"]);
    }

    [Fact]
    public async Task Invoices_are_listed_by_status_customer_and_due_date()
    {
        await using var stripe = await StripeBench.StartAsync();
        var (ada, bob) = (await stripe.CustomerAsync(), await stripe.CustomerAsync("bob@example.com"));
        var draft = await stripe.DraftAsync(ada);
        var open = await stripe.OpenAsync(bob);

        (await stripe.GetAsync("/v1/invoices?status=open")).Ok().Ids.ShouldBe([open]);
        (await stripe.GetAsync($"/v1/invoices?customer={ada}")).Ok().Ids.ShouldBe([draft]);
        (await stripe.GetAsync("/v1/invoices?due_date[lte]=5")).Ok().Ids.ShouldBeEmpty();
        (await stripe.GetAsync("/v1/invoices?status=overdue")).Refused(400, param: "status");
        ((string?)(await stripe.GetAsync("/v1/invoices?limit=1&expand[]=data.customer")).Ok().Data[0]["customer"]!["email"]).ShouldBe("bob@example.com");
        (await stripe.GetAsync("/v1/invoices?expand[]=data.moon")).Refused(400, param: "expand");
    }

    [Fact]
    public async Task Invoices_are_searched_by_metadata()
    {
        await using var stripe = await StripeBench.StartAsync(behaviour => behaviour.SearchLag = TimeSpan.Zero);
        var id = await stripe.DraftAsync(await stripe.CustomerAsync(), "metadata[cf_key]=cf:7");

        (await stripe.GetAsync("/v1/invoices/search?query=metadata['cf_key']:'cf:7'")).Ok().Ids.ShouldBe([id]);
    }

    [Theory]
    [InlineData(true, 1, "open")]
    [InlineData(false, 1, "draft")]
    [InlineData(true, 2, "draft")]
    public async Task A_draft_that_advances_by_itself_is_final_after_its_time(bool advance, int hours, string status)
    {
        await using var stripe = await StripeBench.StartAsync(behaviour => behaviour.AutoFinalizeAfter = TimeSpan.FromHours(hours));
        var customer = await stripe.CustomerAsync();
        (await stripe.PostAsync("/v1/invoiceitems", $"customer={customer}&amount=100&currency=gbp")).Ok();
        var id = (await stripe.PostAsync("/v1/invoices", $"customer={customer}&auto_advance={(advance ? "true" : "false")}&pending_invoice_items_behavior=include")).Ok().Id;

        stripe.Clock.Advance(TimeSpan.FromMinutes(61));

        ((string?)(await stripe.GetAsync($"/v1/invoices/{id}")).Ok().Json["status"]).ShouldBe(status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_auto_advance_is_when_nobody_says_is_a_switch(bool usual)
    {
        await using var stripe = await StripeBench.StartAsync(behaviour => behaviour.AutoAdvanceByDefault = usual);
        var customer = await stripe.CustomerAsync();

        ((bool)(await stripe.PostAsync("/v1/invoices", $"customer={customer}")).Ok().Json["auto_advance"]!).ShouldBe(usual);
    }

    [Theory]
    [InlineData(true, 24)]
    [InlineData(false, 14)]
    public async Task Whether_the_due_date_moves_at_finalisation_is_a_switch(bool moves, int daysAfterCreation)
    {
        await using var stripe = await StripeBench.StartAsync(behaviour => behaviour.DueDateMovesAtFinalization = moves);
        var customer = await stripe.CustomerAsync();
        var id = await stripe.DraftAsync(customer);
        (await stripe.PostAsync("/v1/invoiceitems", $"customer={customer}&invoice={id}&amount=100&currency=gbp")).Ok();
        stripe.Clock.Advance(TimeSpan.FromDays(10));

        var open = (await stripe.PostAsync($"/v1/invoices/{id}/finalize")).Ok().Json;

        ((long)open["due_date"]!).ShouldBe((long)open["created"]! + (daysAfterCreation * 86_400));
    }

    [Fact]
    public async Task A_person_can_pay_an_invoice_in_the_sandbox()
    {
        await using var stripe = await StripeBench.StartAsync();
        var id = await stripe.OpenAsync(await stripe.CustomerAsync());
        var pay = stripe.Tool.Actions.Single(action => action.Name == "client-pays");

        pay.Run(new JsonObject { ["invoice"] = id });

        stripe.Tool.Invoices.Single().Status.ShouldBe("paid");
        Should.Throw<WorldActionException>(() => pay.Run(new JsonObject { ["invoice"] = "in_no" }));
    }
}
