namespace ClientFlow.Sync.Sandbox.Tests.HubSpot;

public sealed class HubSpotSettingTests : HubSpotBench
{
    [Theory]
    [InlineData(62515)]
    [InlineData(77)]
    public async Task The_token_tells_its_account(int portal)
    {
        Sandbox.HubSpot.Behaviour.PortalId = portal;
        (await Api.GetAsync($"/oauth/v1/access-tokens/{SandboxOptions.HubSpotToken}")).ShouldBe(200)["hub_id"].GetValue<int>().ShouldBe(portal);
        (await Api.GetAsync("/oauth/v1/access-tokens/other")).ShouldBe(404);
    }

    [Fact]
    public async Task Stages_say_what_they_mean_by_probability()
    {
        var pipelines = (await Api.GetAsync("/crm/v3/pipelines/deals")).ShouldBe(200)["results"].AsArray();
        var won = pipelines.SelectMany(pipeline => pipeline!["stages"]!.AsArray())
            .Where(stage => (string?)stage!["metadata"]!["probability"] == "1.0" && (string?)stage["metadata"]!["isClosed"] == "true");

        won.Select(stage => (string)stage!["id"]!).ShouldBe(["closedwon", "166220502"]);
        (await Api.GetAsync("/crm/v3/pipelines/tickets")).ShouldBe(200)["results"][0]!["stages"]!.AsArray()[^1]!["metadata"]!["ticketState"]!.ToString().ShouldBe("CLOSED");
    }

    [Fact]
    public async Task An_owner_is_found_by_address()
    {
        var owner = (await Api.GetAsync("/crm/v3/owners?email=tomas%40northwind.example&limit=100")).ShouldBe(200)["results"].AsArray().Single()!;

        owner["firstName"]!.ToString().ShouldBe("Tomás");
        owner["id"]!.ToString().ShouldNotBe(owner["userId"]!.ToString());
        (await Api.GetAsync($"/crm/v3/owners/{owner["id"]}")).ShouldBe(200);
    }

    [Fact]
    public async Task A_property_is_made_once()
    {
        const string Body = """{"name":"cf_key","label":"Key","type":"string","fieldType":"text","groupName":"dealinformation","hasUniqueValue":true}""";

        (await Api.PostAsync("/crm/v3/properties/deals", Body)).ShouldBe(201)["hasUniqueValue"].GetValue<bool>().ShouldBeTrue();
        (await Api.PostAsync("/crm/v3/properties/deals", Body)).ShouldBe(409);
        (await Api.GetAsync("/crm/v3/properties/deals/cf_key")).ShouldBe(200);
        (await Api.GetAsync("/crm/v3/properties/deals/cf_other")).ShouldBe(404);
        (await Api.PostAsync("/crm/v3/properties/deals/batch/read", """{"archived":false,"inputs":[{"name":"amount"},{"name":"nosuch"}]}""")).ShouldBe(207);
        (await Api.GetAsync("/crm/v3/properties/deals")).ShouldBe(200)["results"].AsArray().Select(one => (string)one!["name"]!).ShouldContain("contract_end_date");
    }

    [Fact]
    public async Task Unique_properties_run_out()
    {
        Behaviour.UniquePropertiesPerType = 1;
        string Body(string name) => $$"""{"name":"{{name}}","label":"Key","type":"string","fieldType":"text","groupName":"dealinformation","hasUniqueValue":true}""";

        (await Api.PostAsync("/crm/v3/properties/deals", Body("one"))).ShouldBe(201);
        (await Api.PostAsync("/crm/v3/properties/deals", Body("two"))).ShouldBe(400);
        Behaviour.UniquePropertiesPerType = 10;
        (await Api.PostAsync("/crm/v3/properties/deals", Body("two"))).ShouldBe(201);
    }

    [Theory]
    [InlineData(true, "10000")]
    [InlineData(false, "10")]
    public async Task Too_many_calls_are_answered_429_with_the_wait_in_either_unit(bool milliseconds, string expected)
    {
        Behaviour.CallsPerTenSeconds = 2;
        Behaviour.RetryAfterInMilliseconds = milliseconds;

        var first = (await Api.GetAsync("/crm/v3/owners")).ShouldBe(200);
        (await Api.GetAsync("/crm/v3/owners")).ShouldBe(200);
        var refused = (await Api.GetAsync("/crm/v3/owners")).ShouldBe(429);
        Clock.Advance(TimeSpan.FromSeconds(10));
        (await Api.GetAsync("/crm/v3/owners")).ShouldBe(200);

        first.Headers["X-HubSpot-RateLimit-Remaining"].ShouldBe("1");
        refused["policyName"].ToString().ShouldBe("TEN_SECONDLY_ROLLING");
        refused.Headers["Retry-After"].ShouldBe(expected);
    }

    [Fact]
    public async Task Searches_have_a_limit_of_their_own()
    {
        for (int call = 0; call < 5; call++)
            (await Api.PostAsync("/crm/v3/objects/deals/search", "{}")).ShouldBe(200);

        (await Api.PostAsync("/crm/v3/objects/contacts/search", "{}")).ShouldBe(429);
        (await Api.GetAsync("/crm/v3/objects/deals")).ShouldBe(200);
        Behaviour.RateLimits = false;
        (await Api.PostAsync("/crm/v3/objects/contacts/search", "{}")).ShouldBe(200);
    }
}
