using System.Net;
using NUnit.Framework;

namespace Subscriptions.Server.Tests.Features.Gate;

/// <summary>The example in front of a service that hangs, with shorter limits than its own.</summary>
internal sealed class NginxTimeLimitsTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromMilliseconds(400);
    private SilentService silent = null!;
    private NginxStage stage = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        silent = new SilentService();
        stage = await NginxStage.StartAsync(text => text.Replace("127.0.0.1:5081", silent.Authority, StringComparison.Ordinal)
            .Replace("proxy_read_timeout    5s;", "proxy_read_timeout 400ms;", StringComparison.Ordinal));
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await stage.DisposeAsync();
        await silent.DisposeAsync();
    }

    [TestCase("/articles/a", false)]
    [TestCase("/premium/a", false)]
    [TestCase("/articles/a", true)]
    [TestCase("/gate/sign-in?to=/", false)]
    [TestCase("/gate/notice?for=/", false)]
    public async Task A_service_that_hangs_is_not_waited_for_beyond_the_limit(string target, bool afterTheQuestion)
    {
        silent.AnswersQuestions = afterTheQuestion;
        var begun = TimeProvider.System.GetTimestamp();
        var answer = await stage.RawAsync(target);
        Assert.Multiple(() =>
        {
            Assert.That(TimeProvider.System.GetElapsedTime(begun), Is.GreaterThan(_limit * 0.9).And.LessThan(_limit * 5));
            Assert.That(RawQuestion.StatusOf(answer), Is.EqualTo((int)HttpStatusCode.ServiceUnavailable), answer);
            Assert.That(answer, Does.Contain("The fault is ours").And.Contain("Retry-After: 30").And.Not.Contain(GatedWebsite.Article));
        });
    }

    [Test]
    public async Task Of_two_instances_the_second_is_not_asked_when_the_first_has_used_up_the_time()
    {
        await using var first = new SilentService();
        await using var second = new SilentService();
        await using var two = await NginxStage.StartAsync(text => text
            .Replace("server 127.0.0.1:5081;", $"server {first.Authority}; server {second.Authority};", StringComparison.Ordinal)
            .Replace("proxy_read_timeout    5s;", "proxy_read_timeout 400ms;", StringComparison.Ordinal)
            .Replace("proxy_next_upstream_timeout 5s;", "proxy_next_upstream_timeout 400ms;", StringComparison.Ordinal));
        var answer = await two.RawAsync("/articles/a");
        Assert.That(RawQuestion.StatusOf(answer), Is.EqualTo((int)HttpStatusCode.ServiceUnavailable), answer);
        Assert.That(first.Requests + second.Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task Of_two_instances_the_second_is_asked_when_nobody_is_at_the_first()
    {
        await using var second = new SilentService { AnswersQuestions = true };
        await using var two = await NginxStage.StartAsync(text => text
            .Replace("server 127.0.0.1:5081;", $"server 127.0.0.1:{Subscriptions.Tests.FreePorts.Take()}; server {second.Authority};", StringComparison.Ordinal)
            .Replace("proxy_read_timeout    5s;", "proxy_read_timeout 400ms;", StringComparison.Ordinal));
        await two.RawAsync("/articles/a");
        Assert.That(second.Requests, Is.GreaterThan(0));
    }

    [Test]
    public async Task What_is_open_is_served_all_the_same() => Assert.That(RawQuestion.StatusOf(await stage.RawAsync("/assets/a")), Is.EqualTo(200));
}
