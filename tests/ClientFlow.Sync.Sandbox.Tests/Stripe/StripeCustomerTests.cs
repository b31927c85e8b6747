namespace ClientFlow.Sync.Sandbox.Tests.Stripe;

public sealed class StripeCustomerTests
{
    [Fact]
    public async Task A_customer_keeps_what_it_was_given()
    {
        await using var stripe = await StripeBench.StartAsync();

        var made = (await stripe.PostAsync("/v1/customers", "name=Ada+L%C3%B6we&email=ada%40example.com&metadata[cf_key]=client:7&address[city]=Auckland")).Ok();

        ((string?)made.Json["name"]).ShouldBe("Ada Löwe");
        ((string?)made.Json["metadata"]!["cf_key"]).ShouldBe("client:7");
        ((string?)made.Json["address"]!["city"]).ShouldBe("Auckland");
        (await stripe.GetAsync($"/v1/customers/{made.Id}")).Ok().Json.ToJsonString().ShouldBe(made.Json.ToJsonString());
    }

    [Fact]
    public async Task Metadata_is_merged_and_an_empty_value_takes_a_key_away()
    {
        await using var stripe = await StripeBench.StartAsync();
        var made = (await stripe.PostAsync("/v1/customers", "metadata[a]=1&metadata[b]=2")).Ok();

        var changed = (await stripe.PostAsync($"/v1/customers/{made.Id}", "metadata[a]=&metadata[c]=3&email=new%40example.com")).Ok();

        changed.Json["metadata"]!.ToJsonString().ShouldBe("""{"b":"2","c":"3"}""");
        ((string?)changed.Json["email"]).ShouldBe("new@example.com");
        (await stripe.PostAsync($"/v1/customers/{made.Id}", "metadata=&email=")).Ok().Json["metadata"]!.ToJsonString().ShouldBe("{}");
    }

    [Theory]
    [InlineData("metadata[12345678901234567890123456789012345678901]=x")]
    [InlineData("email=nobody")]
    [InlineData("balance=lots")]
    public async Task Values_that_Stripe_would_not_take_are_refused(string form)
    {
        await using var stripe = await StripeBench.StartAsync();

        (await stripe.PostAsync("/v1/customers", form)).Refused(400);
    }

    [Fact]
    public async Task The_email_filter_is_exact_and_minds_its_case()
    {
        await using var stripe = await StripeBench.StartAsync();
        var lower = await stripe.CustomerAsync("ada@example.com");
        await stripe.CustomerAsync("Ada@example.com");

        (await stripe.GetAsync("/v1/customers?email=ada%40example.com")).Ok().Ids.ShouldBe([lower]);
    }

    [Fact]
    public async Task Lists_are_newest_first_and_page_both_ways()
    {
        await using var stripe = await StripeBench.StartAsync();
        List<string> made = [];
        for (var index = 0; index < 5; index++)
            made.Insert(0, await stripe.CustomerAsync($"c{index}@example.com"));

        var first = (await stripe.GetAsync("/v1/customers?limit=2")).Ok();
        var second = (await stripe.GetAsync($"/v1/customers?limit=2&starting_after={made[1]}")).Ok();
        var last = (await stripe.GetAsync($"/v1/customers?limit=2&starting_after={made[3]}")).Ok();
        var back = (await stripe.GetAsync($"/v1/customers?limit=2&ending_before={made[3]}")).Ok();

        first.Ids.ShouldBe(made[..2]);
        ((bool)first.Json["has_more"]!).ShouldBeTrue();
        second.Ids.ShouldBe(made[2..4]);
        last.Ids.ShouldBe(made[4..]);
        ((bool)last.Json["has_more"]!).ShouldBeFalse();
        back.Ids.ShouldBe(made[1..3]);
        (await stripe.GetAsync("/v1/customers?limit=101")).Refused(400, "parameter_invalid_integer", "limit");
        (await stripe.GetAsync("/v1/customers?starting_after=cus_no")).Refused(400, "resource_missing", "starting_after");
    }

    [Fact]
    public async Task Lists_can_be_bounded_by_the_second_of_creation()
    {
        await using var stripe = await StripeBench.StartAsync();
        await stripe.CustomerAsync("early@example.com");
        stripe.Clock.Advance(TimeSpan.FromMinutes(1));
        var late = await stripe.CustomerAsync("late@example.com");

        (await stripe.GetAsync($"/v1/customers?created[gte]={stripe.Clock.GetUtcNow().ToUnixTimeSeconds()}")).Ok().Ids.ShouldBe([late]);
    }

    [Fact]
    public async Task A_deleted_customer_leaves_a_stub()
    {
        await using var stripe = await StripeBench.StartAsync();
        var id = await stripe.CustomerAsync();

        (await stripe.DeleteAsync($"/v1/customers/{id}")).Ok();

        ((bool)(await stripe.GetAsync($"/v1/customers/{id}")).Ok().Json["deleted"]!).ShouldBeTrue();
        (await stripe.GetAsync("/v1/customers")).Ok().Ids.ShouldBeEmpty();
        (await stripe.PostAsync($"/v1/customers/{id}", "name=B")).Refused(404, "resource_missing");
        (await stripe.PostAsync("/v1/invoices", $"customer={id}")).Refused(400, "resource_missing", "customer");
    }

    [Fact]
    public async Task Search_is_behind_and_catches_up()
    {
        await using var stripe = await StripeBench.StartAsync(behaviour => behaviour.SearchLag = TimeSpan.FromMinutes(1));
        var id = (await stripe.PostAsync("/v1/customers", "name=Ada&email=ada%40example.com&metadata[cf_key]=client:7")).Ok().Id;
        var query = $"/v1/customers/search?query={Uri.EscapeDataString("metadata['cf_key']:'client:7' AND email~\"EXAMPLE\"")}";

        (await stripe.GetAsync(query)).Ok().Ids.ShouldBeEmpty();
        stripe.Clock.Advance(TimeSpan.FromMinutes(1));
        (await stripe.GetAsync(query)).Ok().Ids.ShouldBe([id]);

        (await stripe.PostAsync($"/v1/customers/{id}", "metadata[cf_key]=other")).Ok();
        (await stripe.GetAsync(query)).Ok().Ids.ShouldBe([id]);
        stripe.Clock.Advance(TimeSpan.FromMinutes(1));
        (await stripe.GetAsync(query)).Ok().Ids.ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_lag_search_sees_everything_at_once()
    {
        await using var stripe = await StripeBench.StartAsync(behaviour => behaviour.SearchLag = TimeSpan.Zero);
        var id = await stripe.CustomerAsync();

        (await stripe.GetAsync("/v1/customers/search?query=name:'ada'")).Ok().Ids.ShouldBe([id]);
        (await stripe.GetAsync("/v1/customers/search?query=-name:'ada'")).Ok().Ids.ShouldBeEmpty();
        (await stripe.GetAsync("/v1/customers/search?query=phone:null")).Ok().Ids.ShouldBe([id]);
        (await stripe.GetAsync("/v1/customers/search?query=colour:'red'")).Refused(400);
        (await stripe.GetAsync("/v1/customers/search?query=name")).Refused(400);
        (await stripe.GetAsync("/v1/customers/search")).Refused(400, "parameter_missing");
    }
}
