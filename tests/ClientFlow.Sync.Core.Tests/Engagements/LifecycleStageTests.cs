using ClientFlow.Sync.Core.Engagements;

namespace ClientFlow.Sync.Core.Tests.Engagements;

public sealed class LifecycleStageTests
{
    [Theory]
    [InlineData("intake", Stage.Intake)]
    [InlineData("qualified", Stage.Intake)]
    [InlineData("proposal", Stage.Proposal)]
    [InlineData("won", Stage.Onboarding)]
    [InlineData("lost", Stage.Offboarding)]
    [InlineData("a stage that the mapping doesn't know", Stage.Intake)]
    public void Without_a_project_the_deal_decides(string stage, Stage expected) =>
        LifecycleStage.Of(A.Engagement().With(A.Deal().Stage(stage))).Stage.ShouldBe(expected);

    [Fact]
    public void An_open_project_is_delivery_even_beside_a_closed_one() =>
        LifecycleStage.Of(Closed().With(A.Project("2"))).ShouldBe((Stage.Delivery, "a project is open"));

    [Fact]
    public void Closed_work_without_an_invoice_is_billing() =>
        LifecycleStage.Of(Closed()).ShouldBe((Stage.Billing, "the work is closed and no invoice is linked"));

    [Theory]
    [InlineData("draft")]
    [InlineData("open")]
    public void Closed_work_with_an_invoice_that_is_not_settled_is_billing(string status) =>
        LifecycleStage.Of(Closed().With(A.Invoice("1").Status("paid")).With(A.Invoice("2").Status(status)))
            .ShouldBe((Stage.Billing, "the work is closed and an invoice is not settled"));

    [Fact]
    public void Closed_and_settled_work_is_offboarding() =>
        LifecycleStage.Of(Closed().With(A.Invoice("1").Status("paid")).With(A.Invoice("2").Status("uncollectible")).With(A.Invoice("3").Void()))
            .Stage.ShouldBe(Stage.Offboarding);

    [Fact]
    public void Void_and_deleted_invoices_are_none() =>
        LifecycleStage.Of(Closed().With(A.Invoice("1").Void()).With(A.Invoice("2").Status("paid").Gone())).Stage.ShouldBe(Stage.Billing);

    [Fact]
    public void Dropped_and_deleted_projects_are_none() =>
        LifecycleStage.Of(A.Engagement().With(A.Deal().Won()).With(A.Project("1").Dropped()).With(A.Project("2").Gone())).Stage
            .ShouldBe(Stage.Onboarding);

    private static EngagementBuilder Closed() => A.Engagement().With(A.Deal().Won()).With(A.Project().Closed());
}
