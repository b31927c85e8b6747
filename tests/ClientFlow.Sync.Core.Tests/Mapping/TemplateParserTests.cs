using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Mapping;
using ClientFlow.Sync.Core.Records;
using FsCheck;
using FsCheck.Fluent;

namespace ClientFlow.Sync.Core.Tests.Mapping;

public sealed class TemplateParserTests
{
    private static readonly IReadOnlyList<RecordKind> Known = FactPaths.KnownTo(RecordKind.Deal);

    [Fact]
    public void Words_and_facts_come_in_order()
    {
        var template = TemplateParser.Parse("{{client.name}} – {{ deal.amount | money }}, until {{deal.endsOn|date}} ({{business.name}})", Known, out var problems);

        problems.ShouldBeEmpty();
        template.ShouldNotBeNull().Parts.ShouldBe(
        [
            new TemplatePart.Fact(new FactPath(RecordKind.Client, "name"), TemplateFilter.None),
            new TemplatePart.Words(" – "),
            new TemplatePart.Fact(new FactPath(RecordKind.Deal, "amount"), TemplateFilter.Money),
            new TemplatePart.Words(", until "),
            new TemplatePart.Fact(new FactPath(RecordKind.Deal, "endsOn"), TemplateFilter.Date),
            new TemplatePart.Words(" ("),
            new TemplatePart.BusinessName(),
            new TemplatePart.Words(")"),
        ]);
        template.Paths.Select(p => p.ToString()).ShouldBe(["client.name", "deal.amount", "deal.endsOn"]);
    }

    [Theory]
    [InlineData("Hello {{client.nmae}}", Codes.UnknownFact, "nmae", "did you mean `name`?")]
    [InlineData("{{cleint.name}}", Codes.UnknownFact, "cleint", "did you mean `client`?")]
    [InlineData("{{stage}}", Codes.UnknownFact, "stage", "did you mean `deal.stage`?")]
    [InlineData("{{deal.}}", Codes.UnknownFact, "deal.", "a fact is written as in `deal.endsOn`")]
    [InlineData("{{task.name}}", Codes.FactOutOfReach, "task.name", "known here: `client`, `contact`, `deal` and `project`")]
    [InlineData("{{deal.client}}", Codes.NotShowable, "deal.client", "name one of its fields, such as `client.name`")]
    [InlineData("{{deal.contacts}}", Codes.NotShowable, "deal.contacts", "name a field that holds words, a date or an amount")]
    [InlineData("{{deal.name | money}}", Codes.FilterMisfit, "money", "leave the filter out")]
    [InlineData("{{deal.amount | date}}", Codes.FilterMisfit, "date", "leave the filter out")]
    [InlineData("{{deal.endsOn | dtae}}", Codes.UnknownFilter, "dtae", "did you mean `date`?")]
    [InlineData("{{deal.endsOn | date | date}}", Codes.UnknownFilter, "date | date", "one of `date` and `money`")]
    [InlineData("{{deal.name", Codes.TemplateSyntax, "{{", "write the fact as in `{{deal.name}}`")]
    [InlineData("{{deal.name} and {{deal.scope}}", Codes.TemplateSyntax, "{{", "write the fact as in `{{deal.name}}`")]
    [InlineData("deal.name}}", Codes.TemplateSyntax, "}}", "write the fact as in `{{deal.name}}`")]
    [InlineData("{{ }}", Codes.TemplateSyntax, "{{ }}", "write the fact as in `{{deal.name}}`")]
    [InlineData("in ${CITY}", Codes.VariableInText, "${CITY}", "a text is made of words and of facts such as `{{deal.name}}`")]
    public void A_mistake_is_found_at_its_place(string text, string code, string at, string help)
    {
        TemplateParser.Parse(text, Known, out var problems).ShouldBeNull();

        var problem = problems.ShouldHaveSingleItem();
        problem.Code.ShouldBe(code);
        text.Substring(problem.Start, problem.Length).ShouldBe(at);
        problem.Help.ShouldBe(help);
    }

    [Fact]
    public void All_mistakes_of_a_text_are_found_at_once()
    {
        TemplateParser.Parse("{{deal.nam}} {{deal.stag}} {{x}}", Known, out var problems);

        problems.Select(p => p.Start).ShouldBe([7, 20, 29]);
    }

    [Fact]
    public void Any_text_is_a_template_or_has_a_problem_within_it() =>
        Prop.ForAll(Gen.Elements("{{", "}}", "{", "}", "|", " ", "deal", ".", "name", "date", "$", "é").ListOf().Select(string.Concat).ToArbitrary(), text =>
        {
            var template = TemplateParser.Parse(text, Known, out var problems);

            (template is null).ShouldBe(problems.Count > 0);
            foreach (var problem in problems)
            {
                problem.Length.ShouldBeGreaterThan(0);
                (problem.Start + problem.Length).ShouldBeLessThanOrEqualTo(text.Length);
            }
        }).QuickCheckThrowOnFailure();
}

public sealed class ExpressionParserTests
{
    private static readonly IReadOnlyList<RecordKind> Known = FactPaths.KnownTo(RecordKind.Project);

    [Theory]
    [InlineData("{{project.endsOn}}", "project.endsOn", 0, 0)]
    [InlineData("{{ project.endsOn }} - 30d", "project.endsOn", -30, 0)]
    [InlineData("{{project.endsOn}}+2w", "project.endsOn", 14, 0)]
    [InlineData("{{project.closedAt}} + 3m - 1d", "project.closedAt", -1, 3)]
    [InlineData("+1d", null, 1, 0)]
    [InlineData("1d", null, 1, 0)]
    [InlineData("-1w", null, -7, 0)]
    [InlineData(" 1y ", null, 0, 12)]
    [InlineData("+1m+3d", null, 3, 1)]
    public void A_date_is_a_fact_or_the_day_itself_moved(string text, string? path, int days, int months)
    {
        var date = ExpressionParser.Date(text, Known, out var problem).ShouldNotBeNull();

        problem.ShouldBeNull();
        date.From?.ToString().ShouldBe(path);
        (date.Days, date.Months).ShouldBe((days, months));
    }

    [Theory]
    [InlineData("2026-11-01", Codes.BadDateExpression)]
    [InlineData("tomorrow", Codes.BadDateExpression)]
    [InlineData("", Codes.BadDateExpression)]
    [InlineData("1h", Codes.BadDateExpression)]
    [InlineData("{{project.endsOn}} 30d", Codes.BadDateExpression)]
    [InlineData("{{project.endsOn | date}}", Codes.BadDateExpression)]
    [InlineData("{{project.endsOn}} - {{deal.endsOn}}", Codes.BadDateExpression)]
    [InlineData("{{project.name}}", Codes.NotADateFact)]
    [InlineData("{{project.endOn}}", Codes.UnknownFact)]
    [InlineData("+99999d", Codes.OutOfRange)]
    public void What_is_no_date_is_said(string text, string code)
    {
        ExpressionParser.Date(text, Known, out var problem).ShouldBeNull();

        problem.ShouldNotBeNull().Code.ShouldBe(code);
    }

    [Fact]
    public void A_person_is_a_fact_or_an_address()
    {
        ExpressionParser.Person("{{deal.owner}}", Known, out _).ShouldBe(new PersonExpression(new FactPath(RecordKind.Deal, "owner"), null));
        ExpressionParser.Person("{{client.email}}", Known, out _).ShouldBe(new PersonExpression(new FactPath(RecordKind.Client, "email"), null));
        ExpressionParser.Person(" Jane@Northwind.example ", Known, out _).ShouldBe(new PersonExpression(null, "jane@northwind.example"));
        ExpressionParser.Person("Jane", Known, out var name).ShouldBeNull();
        name!.Code.ShouldBe(Codes.BadPerson);
        ExpressionParser.Person("{{deal.name}}", Known, out var words).ShouldBeNull();
        words!.Code.ShouldBe(Codes.BadPerson);
    }

    [Fact]
    public void An_amount_is_what_remains_or_a_fact_or_a_number()
    {
        ExpressionParser.Amount("remaining", Known, out _).ShouldBe(new AmountExpression.Remaining());
        ExpressionParser.Amount("{{deal.amount}}", Known, out _).ShouldBe(new AmountExpression.OfFact(new FactPath(RecordKind.Deal, "amount")));
        ExpressionParser.Amount("1200.50", Known, out _).ShouldBe(new AmountExpression.Fixed(1200.50m));
        foreach (var wrong in new[] { "remainin", "1,200", "0", "", "{{deal.name}}", "GBP 5", "1e30" })
        {
            ExpressionParser.Amount(wrong, Known, out var problem).ShouldBeNull(wrong);
            problem.ShouldNotBeNull().Code.ShouldBe(Codes.BadAmount);
        }
    }
}
