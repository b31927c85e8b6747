using ClientFlow.Sync.Core.Engagements;

namespace ClientFlow.Sync.Core.Tests.Engagements;

public sealed class EngagementTests
{
    [Fact]
    public void A_fact_comes_with_the_record_that_says_it()
    {
        var found = A.Engagement().Build().Find(A.Path("deal.owner"), A.Deal().Ref);

        found.Value!.Show().ShouldBe("jane@northwind.example");
        found.Source.ShouldBe(A.Deal().Ref);
    }

    [Fact]
    public void A_rules_own_subject_is_meant_even_where_there_are_several()
    {
        Engagement engagement = A.Engagement().With(A.Project("1").Named("One")).With(A.Project("2").Named("Two"));

        engagement.Find(A.Path("project.name"), A.Project("2").Ref).Value!.Show().ShouldBe("Two");
        engagement.Find(A.Path("project.name"), A.Deal().Ref).Ambiguous.ShouldBeTrue();
    }

    [Fact]
    public void What_was_deleted_is_not_meant()
    {
        Engagement engagement = A.Engagement().With(A.Project("1").Named("One").Gone()).With(A.Project("2").Named("Two"));

        engagement.Find(A.Path("project.name"), A.Deal().Ref).Value!.Show().ShouldBe("Two");
    }

    [Fact]
    public void A_project_of_two_deals_has_no_deal_that_is_clearly_meant_and_both_of_them_say_so_alike()
    {
        Engagement one = A.Engagement().With(A.Deal("1")).With(A.Project()).AlsoOf(A.Deal("2"));
        Engagement other = A.Engagement().With(A.Deal("2")).With(A.Project()).AlsoOf(A.Deal("1"));

        var said = one.Find(A.Path("deal.name"), A.Project().Ref);

        said.Ambiguous.ShouldBeTrue();
        said.Why.ShouldBe("deal.name: there are 2 deals (1, 2)");
        other.Find(A.Path("deal.name"), A.Project().Ref).ShouldBe(said);
        one.Find(A.Path("deal.name"), A.Deal("1").Ref).Value.ShouldNotBeNull();
    }

    [Fact]
    public void The_clients_address_is_its_primary_contacts_before_the_companys_own()
    {
        var company = A.Client().Email("info@acme.example");

        Email(A.Engagement().With(company)).ShouldBe("ann@acme.example");
        Email(A.Engagement().With(company).With(A.Contact().Without("email"))).ShouldBe("info@acme.example");
        Email(A.Engagement().With(company).WithoutContacts()).ShouldBe("info@acme.example");
        Email(A.Engagement().WithoutClient()).ShouldBe("ann@acme.example");
    }

    [Fact]
    public void The_address_of_a_second_contact_is_never_taken() =>
        Email(A.Engagement().WithoutContacts().With(A.Contact("1").Without("email")).With(A.Contact("2"))).ShouldBeNull();

    [Fact]
    public void A_deleted_contact_gets_no_mail()
    {
        Email(A.Engagement().With(A.Contact().Gone())).ShouldBeNull();
        Email(A.Engagement().With(A.Contact().Gone()).With(A.Client().Email("info@acme.example"))).ShouldBe("info@acme.example");
        Email(A.Engagement().WithoutContacts().With(A.Client().Email("info@acme.example").Gone())).ShouldBeNull();
    }

    [Fact]
    public void A_missing_address_says_what_is_missing()
    {
        Why(A.Engagement().With(A.Contact().Without("email"))).ShouldBe("client.email: the primary contact has no e-mail");
        Why(A.Engagement().WithoutClient().WithoutContacts()).ShouldBe("client.email: the deal has no company and no contact");
    }

    private static string? Email(Engagement engagement) => engagement.Find(A.Path("client.email"), A.Deal().Ref).Value?.Show();

    private static string? Why(Engagement engagement) => engagement.Find(A.Path("client.email"), A.Deal().Ref).Why;
}
