namespace ClientFlow.Sync.Sandbox.Tests.HubSpot;

public sealed class HubSpotAssociationTests : HubSpotBench
{
    [Theory]
    [InlineData(true, new[] { 5, 341 })]
    [InlineData(false, new[] { 341 })]
    public async Task The_first_company_becomes_primary_when_switched_so(bool primary, int[] expected)
    {
        Behaviour.FirstCompanyBecomesPrimary = primary;
        (string deal, string company, _) = await ThreeAsync();

        (await Api.SendAsync("PUT", $"/crm/v4/objects/deals/{deal}/associations/default/companies/{company}")).ShouldBe(200);

        TypesOf(await Api.GetAsync($"/crm/v4/objects/deals/{deal}/associations/companies")).ShouldBe(expected);
    }

    [Fact]
    public async Task A_new_primary_replaces_the_old_one_and_leaves_it_associated()
    {
        (string deal, string company, string other) = await ThreeAsync();
        await Api.SendAsync("PUT", $"/crm/v4/objects/deals/{deal}/associations/default/companies/{company}");

        (await Api.SendAsync("PUT", $"/crm/v4/objects/deals/{deal}/associations/companies/{other}",
            """[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":5}]""")).ShouldBe(201);

        var read = (await Api.PostAsync("/crm/v4/associations/deals/companies/batch/read", $$"""{"inputs":[{"id":"{{deal}}"}]}""")).ShouldBe(200);
        var links = read["results"][0]!["to"]!.AsArray();
        links.Select(link => (string)link!["toObjectId"]!).ShouldBe([company, other]);
        links[0]!["associationTypes"]!.AsArray().Select(type => (int)type!["typeId"]!).ShouldBe([341]);
        links[1]!["associationTypes"]![0]!["label"]!.ToString().ShouldBe("Primary");
        TypesOf(await Api.GetAsync($"/crm/v4/objects/companies/{other}/associations/deals")).ShouldBe([6, 342]);
    }

    [Fact]
    public async Task The_same_association_twice_is_once()
    {
        (string deal, string company, _) = await ThreeAsync();
        string path = $"/crm/v4/objects/deals/{deal}/associations/default/companies/{company}";

        await Api.SendAsync("PUT", path);
        await Api.SendAsync("PUT", path);

        (await Api.GetAsync($"/crm/v4/objects/deals/{deal}/associations/companies")).ShouldBe(200)["results"].AsArray().Count.ShouldBe(1);
        (await Api.SendAsync("DELETE", $"/crm/v4/objects/deals/{deal}/associations/companies/{company}")).ShouldBe(204);
        (await Api.GetAsync($"/crm/v4/objects/deals/{deal}/associations/companies")).ShouldBe(200)["results"].AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Nonsense_is_refused()
    {
        (string deal, string company, _) = await ThreeAsync();

        (await Api.SendAsync("PUT", $"/crm/v4/objects/deals/{deal}/associations/companies/{company}",
            """[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":3}]""")).ShouldBe(400);
        (await Api.SendAsync("PUT", $"/crm/v4/objects/deals/{deal}/associations/default/companies/1")).ShouldBe(404);
        (await Api.PostAsync("/crm/v4/associations/deals/companies/batch/read", $$"""{"inputs":[{"id":"{{deal}}"}]}""")).ShouldBe(207);
    }

    [Theory]
    [InlineData(false, "2027-03-01T09:00:00.000Z")]
    [InlineData(true, "2027-03-01T10:00:00.000Z")]
    public async Task An_association_moves_the_modified_date_only_when_switched_so(bool touches, string expected)
    {
        Behaviour.AssociationsTouchModifiedDate = touches;
        (string deal, string company, _) = await ThreeAsync();
        Clock.Advance(TimeSpan.FromHours(1));

        await Api.SendAsync("PUT", $"/crm/v4/objects/deals/{deal}/associations/default/companies/{company}");

        (await Api.GetAsync($"/crm/v3/objects/deals/{deal}")).ShouldBe(200)["updatedAt"].ToString().ShouldBe(expected);
    }

    private static int[] TypesOf(Bench.ApiReply answer) =>
        [.. answer.ShouldBe(200)["results"][0]!["associationTypes"]!.AsArray().Select(type => (int)type!["typeId"]!)];

    private async Task<(string Deal, string Company, string Other)> ThreeAsync() =>
        (await CreateAsync("deals", ("dealname", "Acme")), await CreateAsync("companies", ("name", "Acme")), await CreateAsync("companies", ("name", "Other")));
}
