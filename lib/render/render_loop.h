// What a GridRenderer's thread does: waits for changes, draws, and begins anew where GL failed.
#pragma once

#include "render/grid_renderer.h"

namespace flux::render {

/// Lives on the render thread.
class RenderLoop final {
 public:
  explicit RenderLoop(GridRenderer& renderer) : renderer_(renderer) {}

  /// Throws what GridRenderer::open() does.
  void open();
  void run();

 private:
  struct Job {
    Scene scene;
    std::deque<GridRenderer::CaptureDone> captures;
    std::optional<bool> windowFullscreen;
    bool draw = false;
    bool stop = false;
  };

  Job nextJob();
  void draw(Job& job);
  void paint(Job& job);
  void answer(Job& job);
  void recover(const Error& error);
  void reopen();
  void dropContext();
  void pollWindow();
  void tellViews(const Scene& scene);
  void noteStats();

  GridRenderer& renderer_;
  std::string fontProblem_;
  // Order matters: the painter's objects go before their context.
  std::unique_ptr<FontSet> fonts_;
  std::unique_ptr<GlContext> context_;
  Window* window_ = nullptr;  ///< where the context is one
  std::unique_ptr<GridPainter> painter_;
  bool hidden_ = false;
  int64_t lastDraw_ = 0;
  int64_t retryAt_ = 0;
  int64_t retryDelay_ = 0;
  uint64_t drawn_ = 0;
  uint64_t drawMicros_ = 0;
  uint64_t contexts_ = 0;
  std::string lastProblem_;
  std::vector<Size> views_;
};

}  // namespace flux::render
