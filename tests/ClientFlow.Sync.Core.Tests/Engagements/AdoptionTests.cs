using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Engagements;

namespace ClientFlow.Sync.Core.Tests.Engagements;

public sealed class AdoptionTests
{
    private static readonly EngagementBuilder Won = A.Engagement().With(A.Deal().Won());

    [Fact]
    public void Nothing_made_by_hand_means_that_ours_is_created() => Find().ShouldBeOfType<AdoptionVerdict.Create>();

    [Theory]
    [InlineData("Acme – Website")]
    [InlineData("acme - website")]
    [InlineData("ACME   Website")]
    public void A_project_with_the_client_and_the_name_that_ours_would_get_is_adopted(string name) =>
        Adopted(Find(A.Project("7").Named(name))).ShouldBe("7");

    [Theory]
    [InlineData("Acme – Website 2")]
    [InlineData("Website")]
    [InlineData("Acme")]
    public void Another_name_is_another_project(string name) => Find(A.Project().Named(name)).ShouldBeOfType<AdoptionVerdict.Create>();

    [Fact]
    public void A_name_that_says_nothing_about_the_client_is_adopted_only_where_the_notes_do()
    {
        var website = A.Project("7").Named("Website");

        Find("Website", website).ShouldBeOfType<AdoptionVerdict.Create>();
        Adopted(Find("Website", website.With("notes", "for ACME, see mail"))).ShouldBe("7");
    }

    [Fact]
    public void Without_a_client_no_name_is_enough() =>
        Adoption.Find(Won.WithoutClient().WithoutContacts(), Wanted("Acme – Website"), [A.Project()]).ShouldBeOfType<AdoptionVerdict.Create>();

    [Fact]
    public void A_project_that_names_the_deal_is_adopted_whatever_its_name()
    {
        var page = "https://crm.example/deals/678";

        Adopted(Find(A.Project("7").Named("Anything").With("dealUrl", page))).ShouldBe("7");
        Adopted(Find(A.Project("7").Named("Anything").With("notes", $"deal: {page}."))).ShouldBe("7");
        Adopted(Find(A.Project("7").Named("Anything").With("notes", $"{page}9 and {page}"))).ShouldBe("7");
    }

    [Fact]
    public void A_deal_that_names_the_project_has_it_adopted() =>
        Adopted(Adoption.Find(A.Engagement().With(A.Deal().Won().With("projectUrl", "https://projects.example/7")), Wanted("Acme – Website"),
            [A.Project("7").Named("Anything"), A.Project("8").Named("Anything")])).ShouldBe("7");

    [Theory]
    [InlineData("see https://crm.example/deals/6789")]
    [InlineData("https://crm.example/deals/678a")]
    public void A_project_that_names_another_deal_whose_number_begins_alike_is_not_adopted(string notes) =>
        Find(A.Project().Named("Anything").With("notes", notes)).ShouldBeOfType<AdoptionVerdict.Create>();

    [Fact]
    public void The_link_stands_before_the_name() =>
        Adopted(Find(A.Project("1"), A.Project("2").Named("Anything").With("dealUrl", "https://crm.example/deals/678"))).ShouldBe("2");

    [Fact]
    public void Of_two_candidates_a_person_chooses()
    {
        Asked(Find(A.Project("1"), A.Project("2").Named("acme website"))).ShouldBe(["1", "2"]);

        var page = "https://crm.example/deals/678";
        Asked(Find(A.Project("1").Named("One").With("dealUrl", page), A.Project("2").Named("Two").With("dealUrl", page), A.Project("3")))
            .ShouldBe(["1", "2"]);
    }

    [Fact]
    public void Only_an_open_project_that_stands_and_that_we_did_not_make_is_a_candidate()
    {
        Find(A.Project().Closed()).ShouldBeOfType<AdoptionVerdict.Create>();
        Find(A.Project().Dropped()).ShouldBeOfType<AdoptionVerdict.Create>();
        Find(A.Project().Archived()).ShouldBeOfType<AdoptionVerdict.Create>();
        Find(A.Project().Gone()).ShouldBeOfType<AdoptionVerdict.Create>();
        Find(A.Project().With("key", "cf123")).ShouldBeOfType<AdoptionVerdict.Create>();
    }

    [Fact]
    public void Only_a_project_made_after_the_deal_is_a_candidate()
    {
        var born = A.Deal().State().Moment("createdAt")!.Value;

        Find(A.Project().CreatedAt(born.AddSeconds(-1))).ShouldBeOfType<AdoptionVerdict.Create>();
        Find(A.Project().CreatedAt(born)).ShouldBeOfType<AdoptionVerdict.Create>();
        Adopted(Find(A.Project("7").CreatedAt(born.AddSeconds(1)))).ShouldBe("7");
    }

    private static AdoptionVerdict Find(params RecordBuilder[] projects) => Find("Acme – Website", projects);

    private static AdoptionVerdict Find(string wanted, params RecordBuilder[] projects) =>
        Adoption.Find(Won, Wanted(wanted), projects.Select(p => p.Known()));

    private static ProjectContent Wanted(string name) => new(name, "", null, null, null);

    private static string Adopted(AdoptionVerdict verdict) => verdict.ShouldBeOfType<AdoptionVerdict.Adopt>().Project.Ref.Id;

    private static IEnumerable<string> Asked(AdoptionVerdict verdict) => verdict.ShouldBeOfType<AdoptionVerdict.Ask>().Candidates.Select(c => c.Ref.Id);
}
