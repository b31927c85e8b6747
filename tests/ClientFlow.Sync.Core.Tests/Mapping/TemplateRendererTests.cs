using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Mapping;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Tests.Mapping;

public sealed class TemplateRendererTests
{
    private static readonly Business Auckland = A.Business with { Zone = A.Zone("Pacific/Auckland") };

    [Theory]
    [InlineData("{{client.name}} – {{deal.name}}", "Acme – Website")]
    [InlineData("no fact at all", "no fact at all")]
    [InlineData("", "")]
    [InlineData("{{business.name}} for {{client.name}}", "Northwind Consulting for Acme")]
    [InlineData("{{deal.amount}}", "GBP 9,000.00")]
    [InlineData("{{deal.amount | money}}", "GBP 9,000.00")]
    [InlineData("{{deal.endsOn}}", "2027-02-01")]
    [InlineData("{{deal.endsOn | date}}", "1 February 2027")]
    [InlineData("{{deal.createdAt}}", "2026-11-01T13:00:00Z")]
    [InlineData("{{deal.createdAt | date}}", "2 November 2026")] // on the wall in Auckland
    public void Facts_are_put_into_words(string template, string text)
    {
        var missing = new List<string>();
        var engagement = A.Engagement().With(A.Deal().EndsOn("2027-02-01").CreatedAt(A.Instant("2026-11-01T13:00Z")));

        TemplateRenderer.Render(A.Text(template), engagement, A.Deal().Ref, Auckland, missing).ShouldBe(text);

        missing.ShouldBeEmpty();
    }

    [Fact]
    public void A_fact_that_is_missing_makes_no_text_and_all_that_are_missing_are_named()
    {
        var missing = new List<string>();

        TemplateRenderer.Render(A.Text("{{client.name}}: {{deal.endsOn}}, {{project.name}}"), A.Engagement(), A.Deal().Ref, A.Business, missing)
            .ShouldBeNull();

        missing.ShouldBe(["deal.endsOn has no value", "project.name: no project is known here"]);
    }

    [Fact]
    public void A_name_with_two_referents_makes_no_text()
    {
        var missing = new List<string>();
        var engagement = A.Engagement().With(A.Project("1").Named("One")).With(A.Project("2").Named("Two"));

        TemplateRenderer.Render(A.Text("{{project.name}}"), engagement, A.Deal().Ref, A.Business, missing).ShouldBeNull();

        missing.ShouldBe(["project.name: there are 2 projects (One, Two)"]);
    }

    [Fact]
    public void What_a_fact_says_is_never_read_as_a_template()
    {
        var engagement = A.Engagement().With(A.Deal().Named("{{client.email}} $1 }}"));

        TemplateRenderer.Render(A.Text("{{deal.name}}"), engagement, A.Deal().Ref, A.Business, []).ShouldBe("{{client.email}} $1 }}");
    }
}
