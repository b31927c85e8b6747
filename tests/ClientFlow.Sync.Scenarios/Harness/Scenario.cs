namespace ClientFlow.Sync.Scenarios.Harness;

/// <summary>A running business that the tests of one class share; each works with clients of its own.</summary>
public abstract class SharedBusiness : IAsyncLifetime
{
    private readonly FlowOptions options;
    private Flow? flow;

    private protected SharedBusiness(FlowOptions options) => this.options = options;

    internal Flow Flow => flow ?? throw new InvalidOperationException("the business was not opened");

    public async ValueTask InitializeAsync() => flow = await Flow.StartAsync(options);

    public async ValueTask DisposeAsync()
    {
        if (flow is not null) await flow.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

/// <summary>A test of a shared business: when it is over, all that was asked of the tools must have followed their descriptions.</summary>
public abstract class Scenario : IAsyncLifetime
{
    private readonly SharedBusiness business;

    private protected Scenario(SharedBusiness business) => this.business = business;

    private protected Flow Flow => business.Flow;

    private protected Office Office => Flow.Office;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        Flow.ShouldHaveFollowedTheSpecs();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
