using System.Globalization;

namespace ClientFlow.Sync.Sandbox.Tests.HubSpot;

public sealed class HubSpotSearchTests : HubSpotBench
{
    [Fact]
    public async Task A_cursor_finds_what_changed_since_in_order()
    {
        string since = Clock.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        Clock.Advance(TimeSpan.FromMinutes(1));
        Sandbox.HubSpot.World.WinDeal(Deal("Spring catalogue"));
        Clock.Advance(TimeSpan.FromMinutes(1));
        Sandbox.HubSpot.World.WinDeal(Deal("Season campaign"));

        var answer = (await Api.PostAsync("/crm/v3/objects/deals/search", $$"""
            {"filterGroups":[{"filters":[{"propertyName":"hs_lastmodifieddate","operator":"GTE","value":"{{since}}"}]}],
             "sorts":[{"propertyName":"hs_lastmodifieddate","direction":"ASCENDING"}],"properties":["dealname"],"limit":200}
            """)).ShouldBe(200);

        answer["total"].GetValue<int>().ShouldBe(2);
        answer["results"].AsArray().Select(deal => (string)deal!["properties"]!["dealname"]!).ShouldBe(["Spring catalogue", "Season campaign"]);
        answer.Headers.Keys.ShouldNotContain(name => name.StartsWith("X-HubSpot-RateLimit", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData(0, "closedwon")]
    [InlineData(30, "contractsent")]
    public async Task The_index_lags_behind_as_far_as_it_is_switched(int seconds, string expected)
    {
        Behaviour.SearchLag = TimeSpan.FromSeconds(seconds);
        Clock.Advance(TimeSpan.FromSeconds(5));
        Sandbox.HubSpot.World.WinDeal(Deal("Season campaign"));
        await CreateAsync("deals", ("dealname", "Brand new"));

        string Body(string name) => $$"""{"filterGroups":[{"filters":[{"propertyName":"dealname","operator":"EQ","value":"{{name}}"}]}],"properties":["dealstage"]}""";
        var found = (await Api.PostAsync("/crm/v3/objects/deals/search", Body("Season campaign"))).ShouldBe(200);
        var fresh = (await Api.PostAsync("/crm/v3/objects/deals/search", Body("Brand new"))).ShouldBe(200);

        found["results"][0]!["properties"]!["dealstage"]!.ToString().ShouldBe(expected);
        fresh["total"].GetValue<int>().ShouldBe(seconds == 0 ? 1 : 0);
    }

    [Theory]
    [InlineData("""{"limit":201}""")]
    [InlineData("""{"after":"9990","limit":20}""")]
    [InlineData("""{"after":"abc"}""")]
    [InlineData("""{"sorts":["dealname","amount"]}""")]
    [InlineData("""{"filterGroups":[{"filters":[{"propertyName":"nosuch","operator":"EQ","value":"1"}]}]}""")]
    [InlineData("""{"filterGroups":[{"filters":[{"propertyName":"dealname","operator":"LIKE","value":"1"}]}]}""")]
    [InlineData("""{"filterGroups":[{"filters":[{"propertyName":"hs_lastmodifieddate","operator":"GTE","value":"2027-01-01"}]}]}""")]
    [InlineData("""{"filters":[]}""")]
    public async Task A_search_that_the_vendor_refuses_is_refused(string body)
    {
        (await Api.PostAsync("/crm/v3/objects/deals/search", body)).ShouldBe(400);
    }

    [Theory]
    [InlineData("amount", "GT", "12000", 4)]
    [InlineData("deal_currency_code", "EQ", "KWD", 1)]
    [InlineData("scope_summary", "NOT_HAS_PROPERTY", "", 5)]
    [InlineData("dealname", "CONTAINS_TOKEN", "catalogue", 2)]
    [InlineData("hs_is_closed_won", "EQ", "true", 4)]
    public async Task Operators_compare_by_the_type_of_the_property(string property, string op, string value, int expected)
    {
        var answer = await Api.PostAsync("/crm/v3/objects/deals/search",
            $$"""{"filterGroups":[{"filters":[{"propertyName":"{{property}}","operator":"{{op}}","value":"{{value}}"}]}]}""");

        answer.ShouldBe(200)["total"].GetValue<int>().ShouldBe(expected);
    }

    [Fact]
    public async Task Offsets_page_through_all_results()
    {
        var first = (await Api.PostAsync("/crm/v3/objects/companies/search", """{"limit":8}""")).ShouldBe(200);
        var second = (await Api.PostAsync("/crm/v3/objects/companies/search", $$"""{"limit":8,"after":"{{first["paging"]["next"]!["after"]}}"}""")).ShouldBe(200);

        first["total"].GetValue<int>().ShouldBe(12);
        first["results"].AsArray().Concat(second["results"].AsArray()).Select(company => (string)company!["id"]!).Distinct().Count().ShouldBe(12);
        second.Json!["paging"].ShouldBeNull();
    }
}
