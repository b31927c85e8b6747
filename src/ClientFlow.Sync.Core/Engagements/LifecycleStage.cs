using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Engagements;

/// <summary>Where an engagement stands.</summary>
public enum Stage
{
    Intake,
    Proposal,
    Onboarding,
    Delivery,
    Billing,
    Offboarding,
}

/// <summary>Puts each engagement in exactly one stage, with the reason.</summary>
public static class LifecycleStage
{
    /// <summary>The stage of an engagement and why it is that one.</summary>
    public static (Stage Stage, string Reason) Of(Engagement engagement)
    {
        var projects = engagement.Projects.Where(p => !p.Gone && p.Record.Text("status") != "dropped").ToList();
        if (projects.Exists(p => p.Record.Text("status") != "closed")) return (Stage.Delivery, "a project is open");
        if (projects.Count > 0)
        {
            var invoices = engagement.Invoices.Where(i => !i.Gone && i.Record.Text("status") != "void").ToList();
            if (invoices.Count == 0) return (Stage.Billing, "the work is closed and no invoice is linked");
            return invoices.TrueForAll(i => i.Record.Text("status") is "paid" or "uncollectible")
                ? (Stage.Offboarding, "the work is closed and its invoices are settled")
                : (Stage.Billing, "the work is closed and an invoice is not settled");
        }

        return engagement.Deal?.Record.Text("stage") switch
        {
            "won" => (Stage.Onboarding, "the deal is won and has no project"),
            "lost" => (Stage.Offboarding, "the deal is lost"),
            "proposal" => (Stage.Proposal, "the deal is at its proposal"),
            _ => (Stage.Intake, "the deal has not reached its proposal"),
        };
    }
}
